// Conditions on the values that a widget shows, for the tasks of the explorer and for checkpoints.

/** Whether all parts of a condition are true: `head!=0 name~zz step>=steps`. `~` asks for a part of the value,
 * without regard to spaces; sizes are compared with a number or with another value.
 * @param {string} until @param {URLSearchParams} values */
export function holds(until, values) {
    return until.split(' ').every(part => {
        const [, name, sign, wanted] = /^([\w-]+)(!=|>=|<=|=|~)(.*)$/.exec(part) ?? [];
        const value = values.get(name) ?? '';
        switch (sign) {
            case '=': return value === wanted;
            case '~': return value.replaceAll(' ', '').includes(wanted);
            case '!=': return value !== wanted;
            case '>=': return Number(value) >= Number(values.get(wanted) ?? wanted);
            case '<=': return Number(value) <= Number(values.get(wanted) ?? wanted);
            default: throw new Error(`a condition cannot be "${until}"`);
        }
    });
}

/** The widget of a kind that something on the page is about: the next one above it, or the first.
 * @param {string} name @param {Element} mark */
export function widgetOf(name, mark) {
    const before = [...document.querySelectorAll(`microgpt-${name}`)].filter(widget =>
        widget.compareDocumentPosition(mark) & Node.DOCUMENT_POSITION_FOLLOWING);
    return before.pop() ?? document.querySelector(`microgpt-${name}`);
}
