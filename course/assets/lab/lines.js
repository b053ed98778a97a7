// Beside its quote, the explanation that is read marks its lines; a click on a line finds its explanation.

import { lineAt, lines } from './quotes.js';

/** @typedef {{ mark: HTMLElement, first: number, last: number }} Explanation */

for (const group of document.querySelectorAll('.explained')) {
    const quotes = [...group.querySelectorAll('.quotes figure.quote')].map(quote => /** @type {HTMLElement} */ (quote));
    /** @type {Explanation[]} */
    const explanations = [...group.querySelectorAll('.explanations .line')].map(each => {
        const mark = /** @type {HTMLElement} */ (each);
        return { mark, first: Number(mark.dataset.first), last: Number(mark.dataset.last) };
    });
    /** What is pointed at, if something is. @type {Explanation | undefined} */
    let pointed;
    let waits = false;

    /** The explanation that is read: the last one that begins above the middle of the window. */
    const read = () => explanations.filter(({ mark }) => mark.getBoundingClientRect().top < innerHeight / 2).pop();

    const show = () => {
        waits = false;
        const { bottom } = group.getBoundingClientRect();
        // What is read is in the middle of the window: one group at a time.
        const current = pointed ?? (bottom < innerHeight / 2 ? undefined : read());
        explanations.forEach(({ mark }, index) => mark.classList.toggle('current', explanations[index] === current));
        for (const quote of quotes) {
            const all = lines(quote);
            const marked = all.filter(line => current && line >= current.first && line <= current.last);
            quote.classList.toggle('marked', marked.length > 0);
            if (marked.length > 0) {
                quote.style.setProperty('--first', String(all.indexOf(marked[0])));
                quote.style.setProperty('--count', String(marked.length));
            }
        }
    };
    const soon = () => {
        if (!waits) {
            waits = true;
            requestAnimationFrame(show);
        }
    };

    for (const explanation of explanations) {
        /** @param {Explanation | undefined} now */
        const point = now => () => { pointed = now; soon(); };
        const { mark } = explanation;
        mark.addEventListener('pointerenter', point(explanation));
        mark.addEventListener('focus', point(explanation));
        mark.addEventListener('pointerleave', point(undefined));
        mark.addEventListener('blur', point(undefined));
    }
    for (const quote of quotes) {
        quote.querySelector('.listing')?.addEventListener('click', event => {
            if (!getSelection()?.isCollapsed) {
                return; // the reader copies something
            }
            const line = lineAt(quote, /** @type {MouseEvent} */ (event).clientY);
            const about = explanations.filter(({ first, last }) => first <= line && line <= last);
            const best = about.sort((a, b) => (a.last - a.first) - (b.last - b.first))[0];
            best?.mark.focus({ preventScroll: true });
            best?.mark.scrollIntoView({ block: 'center' });
        });
    }
    document.addEventListener('scroll', soon, { passive: true });
    soon();
}
