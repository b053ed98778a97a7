// The widgets of a page: what the reader does goes to the worker, what the worker shows goes into the page.
// Nothing is computed here.

/** @typedef {import('./worker.js').Answer} Answer */

/** The widgets of the page by their ids. @type {Map<string, Widget>} */
const widgets = new Map();

const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
worker.addEventListener('message', (/** @type {MessageEvent<Answer>} */ { data }) => {
    widgets.get(data.id)?.show(data);
});
worker.addEventListener('error', () => {
    widgets.forEach(widget => widget.toggleAttribute('data-failed', true));
});

/** What the address of the page says about the controls. */
const address = new URLSearchParams(location.search);

class Widget extends HTMLElement {
    form = this.require('form', HTMLFormElement);
    summary = this.require('.summary', HTMLElement);
    figure = this.require('.figure', HTMLElement);
    /** The last question to the worker. */
    query = '';

    connectedCallback() {
        widgets.set(this.id, this);
        this.form.addEventListener('submit', event => event.preventDefault());
        this.form.addEventListener('input', () => this.changed());
        this.form.addEventListener('reset', () => setTimeout(() => this.changed()));
        // mdBook turns the page by arrow keys and opens its search by letters.
        this.addEventListener('keydown', event => event.stopPropagation());
        this.require('fieldset', HTMLFieldSetElement).disabled = false;
        this.restore();
    }

    /** @template {Element} E @param {string} selector @param {new () => E} type @returns {E} */
    require(selector, type) {
        const found = this.querySelector(selector);
        if (found instanceof type) {
            return found;
        }
        throw new Error(`${this.localName} has no ${selector}`);
    }

    /** What the reader can change. */
    get controls() {
        return [...this.form.elements].filter(control => control instanceof HTMLInputElement)
            .filter(control => control.type !== 'hidden');
    }

    /** Sets the controls as the address says, or as they were at first. */
    restore() {
        for (const control of this.controls) {
            control.value = address.get(control.name) ?? control.defaultValue;
        }
        this.ask();
    }

    /** Takes over into the address, and so into the other widgets, what the reader changed. */
    changed() {
        for (const { name, value, defaultValue } of this.controls) {
            if (value === defaultValue) {
                address.delete(name);
            } else {
                address.set(name, value);
            }
        }
        widgets.forEach(widget => widget.restore());
        clearTimeout(keeping);
        keeping = setTimeout(keep, 300);
    }

    /** Asks the worker what to show now. */
    ask() {
        const entries = [...new FormData(this.form)].map(([name, value]) => [name, String(value)]);
        const query = new URLSearchParams(entries).toString();
        if (query !== this.query) {
            this.query = query;
            worker.postMessage({ id: this.id, widget: this.localName.replace('microgpt-', ''), query });
        }
    }

    /** @param {Answer} answer */
    show({ query, summary = '', figure = '', control, problem = '', failure }) {
        if (failure !== undefined) {
            this.toggleAttribute('data-failed', true);
            console.error(failure);
            return;
        }
        for (const input of this.controls) {
            const mine = input.name === control ? problem : '';
            input.ariaInvalid = mine ? 'true' : null;
            const message = this.require(`#${input.id}-problem`, HTMLElement);
            if (message.textContent !== mine) {
                message.textContent = mine;
            }
        }
        // What cannot be shown leaves the last figure there, pale.
        this.toggleAttribute('data-stale', control !== undefined);
        if (control === undefined) {
            this.summary.textContent = summary;
            const fresh = document.createElement('template');
            fresh.innerHTML = figure;
            morph(this.figure, fresh.content);
        }
        this.toggleAttribute('data-ready', query === this.query);
    }
}

/** What the reader and the page's own script set. */
const KEPT = ['open', 'tabindex'];

/** Makes the children of one node those of another, and keeps the nodes that may stay: with them stay the
 * focus, what is folded open and how far it is scrolled. @param {Node} old @param {Node} fresh */
function morph(old, fresh) {
    // mdBook breaks the lines of what it built.
    [...old.childNodes].filter(node => node.nodeValue === '\n').forEach(node => node.remove());
    const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
    after.forEach((node, place) => {
        const kept = before[place];
        if (kept === undefined) {
            old.appendChild(node);
        } else if (kept.nodeName !== node.nodeName) {
            old.replaceChild(node, kept);
        } else if (kept instanceof Element && node instanceof Element) {
            for (const name of kept.getAttributeNames()) {
                if (!node.hasAttribute(name) && !KEPT.includes(name)) {
                    kept.removeAttribute(name);
                }
            }
            for (const name of node.getAttributeNames()) {
                const value = node.getAttribute(name) ?? '';
                if (kept.getAttribute(name) !== value) {
                    kept.setAttribute(name, value);
                }
            }
            morph(kept, node);
        } else if (kept.nodeValue !== node.nodeValue) {
            kept.nodeValue = node.nodeValue;
        }
    });
    before.slice(after.length).forEach(node => old.removeChild(node));
}

/** Waits until the reader has come to rest: browsers refuse many changes at once. */
let keeping = 0;

/** Writes the state of the widgets into the address of the page. */
function keep() {
    const query = address.toString();
    history.replaceState(history.state, '', (query ? `?${query}` : location.pathname) + location.hash);
}

for (const element of document.querySelectorAll('.lab > *')) {
    if (customElements.get(element.localName) === undefined) {
        customElements.define(element.localName, class extends Widget {});
    }
}
