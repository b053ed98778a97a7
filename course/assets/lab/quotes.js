// Quotes of microgpt.py in a page.

/** The numbers of the lines of a quote. @param {Element} quote */
export function lines(quote) {
    return (quote.querySelector('.gutter')?.getAttribute('data-lines') ?? '').split('\n').map(Number);
}

/** The number of the line of a quote at a height of the window. @param {Element} quote @param {number} y */
export function lineAt(quote, y) {
    const code = /** @type {HTMLElement} */ (quote.querySelector('pre > code'));
    const { paddingTop, lineHeight } = getComputedStyle(code);
    const index = Math.floor((y - code.getBoundingClientRect().top - parseFloat(paddingTop)) / parseFloat(lineHeight));
    const all = lines(quote);
    return all[Math.max(0, Math.min(index, all.length - 1))];
}
