// Numbers as readers type them.

/** One number without a percent sign or a fraction. @param {string} text */
function plain(text) {
    const thousands = /^[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(text);
    const written = thousands ? text.replaceAll(',', '') : text.replace(',', '.');
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(written) ? Number(written) : NaN;
}

/**
 * The number in a text: `0.57`, `.573`, `0,57`, `57 %`, `4/7`, `1e-3`, `1.2 × 10^-3`, `−3`, `4,064`; NaN when it is
 * none. `percent` says that it was written with a percent sign.
 * @param {string} text
 * @returns {{ value: number, percent: boolean }}
 */
export function parse(text) {
    const written = text.replace(/[\s\u2009\u202f'’_]/g, '').replace(/[−–‒]/g, '-').replace(/[×x*·]10(\^|(?=[-+]))/i, 'e');
    const percent = written.endsWith('%');
    const [numerator, denominator, ...more] = (percent ? written.slice(0, -1) : written).split('/').map(plain);
    const value = more.length > 0 || denominator === 0 ? NaN : numerator / (denominator ?? 1);
    return { value: percent ? value / 100 : value, percent };
}

/**
 * Whether a number is another one, to the precision asked: one unit of the last digit; whole numbers exactly.
 * @param {number} value @param {number} wanted @param {number} unit
 */
export function near(value, wanted, unit) {
    const noise = 1e-9 * Math.max(1, Math.abs(wanted));
    return Math.abs(value - wanted) <= unit + noise * Math.min(1, unit || 1);
}
