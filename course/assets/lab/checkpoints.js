// Checkpoints come to life: they judge what the reader answers, explain it, and remember what was passed.
//
// What the texts say stands in the page, in the folded answer. Only values and places are compared, so that a page
// translated by the browser works as well.

import { holds, widgetOf } from './conditions.js';
import { near, parse } from './number.js';
import { begun, pass, passed, restart } from './progress.js';
import { lineAt, lines } from './quotes.js';

/** @param {string} text */
function sentence(text) {
    const paragraph = document.createElement('p');
    paragraph.textContent = text;
    return paragraph;
}

class Checkpoint {
    /** @param {HTMLElement} section */
    constructor(section) {
        this.section = section;
        const { checkpoint = '', lesson = '', kind = '' } = section.dataset;
        this.id = checkpoint;
        this.lesson = lesson;
        this.kind = kind;
        this.form = /** @type {HTMLFormElement} */ (section.querySelector('form.ask'));
        this.feedback = /** @type {HTMLElement} */ (section.querySelector('.feedback'));
        this.fold = /** @type {HTMLDetailsElement} */ (section.querySelector('.asked ~ details'));
        /** The list of the answer: what each option means, or typical wrong answers. */
        this.hints = [...[...this.fold.children].filter(({ localName }) => localName === 'ul').pop()?.children ?? []];
        this.form.addEventListener('submit', event => {
            event.preventDefault();
            this.judge();
        });
    }

    /** What the reader has typed or chosen. */
    get value() {
        return String(new FormData(this.form).get('answer') ?? '');
    }

    set value(value) {
        const field = this.form.elements.namedItem('answer');
        if (field instanceof RadioNodeList || field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
            field.value = value;
        }
    }

    /** @param {boolean} right @param {Node[]} words */
    say(right, words) {
        this.feedback.replaceChildren(...words);
        this.feedback.classList.toggle('right', right);
    }

    /** Says what a hint of the answer says. @param {Element} hint */
    explain(hint) {
        const copy = document.createElement('p');
        copy.append(...hint.cloneNode(true).childNodes);
        copy.querySelectorAll('[id]').forEach(element => element.removeAttribute('id'));
        return copy;
    }

    right() {
        const words = [sentence('Right.')];
        if (this.kind === 'choice') {
            words.push(this.explain(this.hints[Number(this.value)]));
        } else {
            this.fold.open = true; // it says why
        }
        this.say(true, words);
        this.show(true);
        pass(this.lesson, this.id);
    }

    judge() {
        const { dataset } = this.section;
        switch (this.kind) {
            case 'number': return this.number();
            case 'choice': {
                if (this.value === '') return this.say(false, [sentence('Choose one first.')]);
                if (this.value === dataset.right) return this.right();
                const hint = this.hints[Number(this.value)];
                return this.say(false, [sentence('Not this one.'), this.explain(hint)]);
            }
            case 'line': {
                if (this.value === '') return this.say(false, [sentence('Choose a line first.')]);
                if (this.value === dataset.right) return this.right();
                // A hint begins with its line, "Line 158"; in every language the number stays.
                const hint = this.hints.find(hint => /\d+/.exec(hint.textContent ?? '')?.[0] === this.value);
                return this.say(false, [hint ? this.explain(hint)
                    : sentence(`Not line ${this.value}. Ask of each line what would be missing without it.`)]);
            }
        }
    }

    number() {
        const { answer = '', unit = '0', wrong = '', percent } = this.section.dataset;
        const { value: typed, percent: written } = parse(this.value);
        if (Number.isNaN(typed)) {
            this.say(false, [sentence('Type a number, such as 0.57, 57 % or 4/7.')]);
            return;
        }
        // Where percents are asked, 43 means 43 %.
        const readings = percent !== undefined && !written ? [typed, typed / 100] : [typed];
        /** @param {number} wanted */
        const is = wanted => readings.some(reading => near(reading, wanted, Number(unit)));
        if (is(Number(answer))) {
            this.right();
            return;
        }
        const index = wrong.split(' ').findIndex(wrong => wrong !== '' && is(Number(wrong)));
        const hint = this.hints[index];
        this.say(false, [hint ? this.explain(hint)
            : sentence('Another number comes out. Go through it again step by step, or open the answer.')]);
    }

    /** Shows whether it is passed. @param {boolean} done */
    show(done) {
        this.section.toggleAttribute('data-passed', done);
    }

    /** As it was left: passed ones with their right answer. */
    restore() {
        const done = passed(this.lesson).has(this.id);
        if (done === this.section.hasAttribute('data-passed')) {
            return;
        }
        const { shown = '', right = '' } = this.section.dataset;
        this.show(done);
        if (this.kind !== 'state') {
            this.value = done ? shown || right : '';
            if (!done) this.form.reset();
        }
        this.say(done, done ? [sentence('Passed.')] : []);
        this.fold.open &&= done;
    }
}

const checkpoints = [...document.querySelectorAll('section.checkpoint')]
    .map(section => new Checkpoint(/** @type {HTMLElement} */ (section)));

/** The widgets that the reader has touched: what one shows before that is no answer. @type {WeakSet<Element>} */
const touched = new WeakSet();
for (const type of ['input', 'click', 'pointerdown', 'keydown']) {
    document.addEventListener(type, ({ target }) => {
        const widget = target instanceof Element ? target.closest('.lab > *') : null;
        if (widget) touched.add(widget);
    }, { capture: true, passive: true });
}

// A widget says what it shows.
document.addEventListener('shown', event => {
    const { target } = event;
    if (!(event instanceof CustomEvent && target instanceof Element && touched.has(target))) {
        return;
    }
    const values = new URLSearchParams(event.detail);
    for (const checkpoint of checkpoints) {
        const { widget = '', until = '' } = checkpoint.section.dataset;
        const waits = checkpoint.kind === 'state' && !checkpoint.section.hasAttribute('data-passed');
        if (waits && widgetOf(widget, checkpoint.section) === target && holds(until, values)) {
            checkpoint.right();
        }
    }
});

/** The quote on the page that has a line. @param {number} line */
function quoteOf(line) {
    return [...document.querySelectorAll('figure.quote')].find(quote => lines(quote).includes(line));
}

for (const checkpoint of checkpoints) {
    checkpoint.section.querySelector('button.show')?.addEventListener('click', () => {
        const { widget, right } = checkpoint.section.dataset;
        const place = widget ? widgetOf(widget, checkpoint.section) : quoteOf(Number(right));
        place?.scrollIntoView({ block: 'center' });
        if (!widget) {
            ask(checkpoint);
        }
    });
}

/** Waits for a click on a line of a quote, as the answer. Escape, or a click elsewhere, ends it.
 * @param {Checkpoint} checkpoint */
function ask(checkpoint) {
    const quotes = document.querySelectorAll('figure.quote');
    quotes.forEach(quote => quote.classList.add('asking'));
    const end = new AbortController();
    const options = { capture: true, signal: end.signal };
    end.signal.addEventListener('abort', () => quotes.forEach(quote => quote.classList.remove('asking')));
    document.addEventListener('keydown', ({ key }) => key === 'Escape' && end.abort(), options);
    document.addEventListener('click', event => {
        end.abort();
        const line = event.target instanceof Element ? event.target.closest('figure.quote .listing :is(.gutter, code)') : null;
        const quote = line?.closest('figure.quote');
        if (quote) {
            event.stopPropagation();
            checkpoint.value = String(lineAt(quote, event.clientY));
            checkpoint.judge();
            checkpoint.section.scrollIntoView({ block: 'nearest' });
            checkpoint.form.querySelector('select')?.focus({ preventScroll: true });
        }
    }, options);
}

const again = [...document.querySelectorAll('button[data-restart]')].map(button => /** @type {HTMLButtonElement} */ (button));

/** What is to be written in this lesson; its script comes when it is opened. */
const task = document.querySelector('details.write');

/** The buttons work once there is something to forget. */
function restore() {
    checkpoints.forEach(checkpoint => checkpoint.restore());
    const written = task instanceof HTMLElement && passed(task.dataset.lesson ?? '').has('task');
    task?.toggleAttribute('data-passed', written);
    const any = written || checkpoints.some(({ section }) => section.hasAttribute('data-passed'));
    again.forEach(button => { button.disabled = !(button.dataset.restart === 'all' ? begun() : any); });
}

for (const button of again) {
    button.addEventListener('click', () => {
        const lesson = button.dataset.restart === 'all' ? undefined : button.dataset.restart;
        restart(lesson);
        checkpoints.filter(each => lesson === undefined || each.lesson === lesson).forEach(({ form, feedback, fold }) => {
            form.reset();
            feedback.replaceChildren();
            fold.open = false;
        });
        const { parentElement: place } = button;
        if (button.disabled && place) {
            // Without a focus the next arrow key would turn the page.
            place.tabIndex = -1;
            place.focus();
        }
    });
}

document.addEventListener('microgpt-progress', restore);
restore();
