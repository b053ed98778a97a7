// The widgets of a page: what the reader does goes to the worker, what the worker shows goes into the page.
// Nothing is computed here.

/** @typedef {import('./worker.js').Answer} Answer */

/** The widgets of the page by their ids. @type {Map<string, Widget>} */
const widgets = new Map();

/** What computes. @type {Worker | undefined} */
let worker;

/** Starts it, anew if it was there before. */
function start() {
    worker?.terminate();
    worker = undefined;
    if (!('Worker' in window)) {
        fail('This browser lets nothing compute beside the page (it has no Worker), so this figure stands still.');
        return;
    }
    // What pages with living lines have is in a second WebAssembly, which they load instead of the first.
    const name = [...widgets.values()].some(({ dataset }) => 'living' in dataset) ? 'living' : 'lab';
    worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module', name });
    worker.addEventListener('message', (/** @type {MessageEvent<Answer>} */ { data }) => {
        widgets.get(data.id)?.show(data);
    });
    worker.addEventListener('error', () => fail('What computes here could not be loaded. Is there no network?'));
    widgets.forEach(widget => widget.begin());
}

/** Says in all widgets why they stand still. @param {string} reason */
function fail(reason) {
    widgets.forEach(widget => widget.fail(reason));
}

/** How many milliseconds the worker has for an answer: a long training takes a slow telephone seconds. */
const PATIENCE = 30_000;

/** What the address of the page says about the controls. */
const address = new URLSearchParams(location.search);

/** What it asks for and no control can have, by the control: that is said until the reader does something.
 * @type {Map<string, string>} */
const beyond = new Map();

/** Those in view or nearly so. */
const near = new IntersectionObserver(entries => entries.forEach(({ target, isIntersecting }) => {
    if (target instanceof Widget) {
        target.near = isIntersecting;
        target.ask();
    }
}), { rootMargin: '50%' });

/** What the last press began on, if it can be dragged. @type {Element | null} */
let pressed = null;
addEventListener('pointerdown', ({ target }) => {
    pressed = target instanceof Element ? target.closest('[data-drag]') : null;
});

/** Whether the reader asked for less motion. */
const still = matchMedia('(prefers-reduced-motion: reduce)');

/** A control. @typedef {HTMLInputElement | HTMLSelectElement} Control */

/** What a control says, as it stands in the address. @param {Control} control */
function valueOf(control) {
    if (control.type === 'checkbox' && control instanceof HTMLInputElement) {
        return control.checked ? 'on' : 'off';
    }
    const values = control.type === 'range' ? control.dataset.values?.split(' ') : undefined;
    return values?.[Number(control.value)] ?? control.value;
}

/** Whether a control can have a value: an address can say anything. @param {Control} control @param {string} value */
function takes(control, value) {
    if (control instanceof HTMLSelectElement) {
        return [...control.options].some(option => option.value === value);
    }
    const { values, most, least = control.min, length } = control.dataset;
    if (values !== undefined) {
        return values.split(' ').includes(value);
    }
    return length === undefined
        ? /^\d{1,9}$/.test(value) && Number(value) >= Number(least) && Number(value) <= Number(most)
        : [...value].length <= Number(length);
}

/** Sets a control, and what stands beside it. @param {Control} control @param {string} value */
function setValue(control, value) {
    if (control.type === 'checkbox' && control instanceof HTMLInputElement) {
        control.checked = value === 'on';
        return;
    }
    const values = control.type === 'range' ? control.dataset.values?.split(' ') : undefined;
    const text = values ? String(values.indexOf(value)) : value;
    if (control instanceof HTMLInputElement && control.type === 'range' && Number(text) > Number(control.max)) {
        // What is to be shown next may be longer than what is shown now.
        control.max = control.dataset.most ?? control.max;
    }
    if (control.value !== text) {
        control.value = text;
    }
    if (control.type === 'range') {
        if (values && control.ariaValueText !== value) {
            control.ariaValueText = value;
        }
        const shown = control.parentElement?.querySelector('.value');
        if (shown) {
            write(shown, valueOf(control));
        }
    }
}

/** Writes a text where it is another one: what is only written again is read out again, too.
 * @param {Element} element @param {string} text */
function write(element, text) {
    if (element.textContent !== text) {
        element.textContent = text;
    }
}

/** Whether a slider stands at its end, and only because what is shown ends before the slider's first value: then
 * it goes along when the end moves. @param {Control} control */
function followsEnd(control) {
    return control instanceof HTMLInputElement && control.type === 'range' && !control.dataset.values
        && control.value === control.max && Number(control.dataset.first) > Number(control.max);
}

/** What the controls are set to by a click on an element: as it says, and in a row of entries the one pointed at.
 * @param {HTMLElement | SVGElement} element @param {MouseEvent} event */
function settings(element, { clientX }) {
    const { set = '', cols } = element.dataset;
    const { left, width } = element.getBoundingClientRect();
    return cols ? `${set}&col=${Math.min(Number(cols) - 1, Math.floor((clientX - left) / width * Number(cols)))}` : set;
}

class Widget extends HTMLElement {
    form = this.require('form', HTMLFormElement);
    summary = this.require('.summary', HTMLElement);
    figure = this.require('.figure', HTMLElement);
    /** What the controls say. */
    query = '';
    /** The last question to the worker, and whether its answer is still to come. */
    asked = '';
    waiting = false;
    /** What it does when the answer does not come. */
    timer = 0;
    /** The control whose value cannot be shown. @type {string | undefined} */
    refused;
    /** What was shown last. @type {string | undefined} */
    shown;
    /** Whether the reader can see it, or nearly. */
    near = false;
    /** The button that plays a film, and its next picture. @type {HTMLButtonElement | undefined} */
    playing;
    film = 0;
    /** What goes to the worker beside the controls: with the next question, and again to a worker that is new. */
    given = {};
    kept = {};

    connectedCallback() {
        widgets.set(this.id, this);
        this.form.addEventListener('submit', event => event.preventDefault());
        this.form.addEventListener('input', ({ target }) => {
            this.pause();
            this.changed(this.controls.filter(control => control === target));
        });
        this.form.addEventListener('reset', event => {
            event.preventDefault();
            this.pause();
            this.controls.forEach(control => setValue(control, control.dataset.first ?? ''));
            // A hidden control may be another widget's, which is not reset.
            const others = [...widgets.values()].filter(widget => widget !== this).flatMap(({ controls }) => controls);
            const theirs = new Set(others.map(({ name }) => name));
            this.changed(this.controls.filter(({ type, name }) => type !== 'hidden' || !theirs.has(name)));
        });
        this.swipes();
        this.addEventListener('click', event => this.clicked(event));
        this.addEventListener('pointermove', event => this.dragged(event));
        const over = this.form.elements.namedItem('over');
        if (over instanceof HTMLInputElement) {
            this.addEventListener('pointermove', event => this.pointed(event, over));
            this.addEventListener('pointerleave', event => this.pointed(event, over));
        }
        // mdBook turns the page by arrow keys and opens its search by letters.
        this.addEventListener('keydown', event => event.stopPropagation());
        this.require('fieldset', HTMLFieldSetElement).disabled = false;
        for (const control of this.controls) {
            this.correct(control);
        }
        this.restore();
        near.observe(this);
    }

    /** Puts right what the address asks for and a control cannot have: of numbers the nearest is taken.
     * @param {Control} control */
    correct(control) {
        const asked = address.get(control.name);
        if (asked === null || takes(control, asked)) {
            return;
        }
        const { first, most, least = control.getAttribute('min') } = control.dataset;
        const nearest = String(Math.max(Number(least), Math.min(Number(most), Number(asked))));
        address.delete(control.name);
        if (/^-?\d+$/.test(asked) && takes(control, nearest) && nearest !== first) {
            address.set(control.name, nearest);
        }
        beyond.set(control.name, asked);
        keepSoon();
    }

    /** What is said of a value that the address asks for and is not shown. @param {Control} control */
    said(control) {
        const asked = beyond.get(control.name);
        const { least = control.getAttribute('min'), most } = control.dataset;
        const ends = most ? `; here it goes from ${least} to ${control.getAttribute('max') ?? most}` : ', which cannot be here';
        return asked === undefined ? '' : `The address asks for “${asked.slice(0, 20)}”${ends}.`;
    }

    /** @template {Element} E @param {string} selector @param {new () => E} type @returns {E} */
    require(selector, type) {
        const found = this.querySelector(selector);
        if (found instanceof type) {
            return found;
        }
        throw new Error(`${this.localName} has no ${selector}`);
    }

    /** What can be changed, by the reader or by another widget. @returns {Control[]} */
    get controls() {
        return [...this.form.elements].filter(control =>
            control instanceof HTMLInputElement || control instanceof HTMLSelectElement);
    }

    /** The slider of this name. @param {string | undefined} name */
    slider(name) {
        return this.require(`input[type="range"][name="${name}"]`, HTMLInputElement);
    }

    /** A touch moves a slider at once. When it turns out to be a swipe that moves the page, the slider goes back. */
    swipes() {
        let before = '';
        this.form.addEventListener('pointerdown', ({ target }) => {
            before = target instanceof HTMLInputElement ? target.value : '';
        });
        this.form.addEventListener('pointercancel', ({ target }) => {
            if (target instanceof HTMLInputElement && target.type === 'range' && target.value !== before) {
                target.value = before;
                this.changed([target]);
            }
        });
    }

    /** Sets the controls as the address says, or as they were at first. */
    restore() {
        for (const control of this.controls) {
            const value = address.get(control.name) ?? control.dataset.first ?? '';
            if (value !== control.dataset.first || !followsEnd(control)) {
                setValue(control, value);
            }
        }
        this.ask();
    }

    /** Takes over into the address, and so into the other widgets, what the reader changed: nothing else, for
     * a slider may stand at its end only until what is shown is longer again. @param {Control[]} controls */
    changed(controls) {
        for (const name of beyond.keys()) {
            document.querySelectorAll(`.lab [id$="-${name}-problem"]`).forEach(said => said.replaceChildren());
        }
        beyond.clear();
        for (const control of controls) {
            const value = valueOf(control);
            if (value === control.dataset.first || followsEnd(control)) {
                address.delete(control.name);
            } else {
                address.set(control.name, value);
            }
        }
        widgets.forEach(widget => widget.restore());
        keepSoon();
    }

    /** Has what the mouse points at read out; nothing is picked by that.
     * @param {PointerEvent} event @param {HTMLInputElement} over */
    pointed(event, over) {
        const row = event.target instanceof SVGElement && event.target.dataset.cols ? event.target : undefined;
        const value = row && event.pointerType === 'mouse' ? settings(row, event) : '';
        if (over.value !== value) {
            over.value = value;
            this.ask();
        }
    }

    /** Moves a slider, plays it, or takes what the reader points at in the figure. @param {MouseEvent} event */
    clicked(event) {
        const { target } = event;
        const button = target instanceof Element ? target.closest('[data-move], [data-play], [data-set]') : null;
        if (!(button instanceof HTMLElement || button instanceof SVGElement)) {
            return;
        }
        const { move, play, set, for: name } = button.dataset;
        if (set !== undefined) {
            this.take(settings(button, event));
        } else if (move !== undefined) {
            this.pause();
            this.move(this.slider(name), Number(move));
        } else if (button === this.playing) {
            this.pause();
        } else if (button instanceof HTMLButtonElement) {
            this.pause();
            const slider = this.slider(name);
            if (slider.value === slider.max) {
                this.move(slider, -Number(slider.max));
            }
            this.playing = button;
            button.textContent = 'Pause';
            // A film is not read out, but its end.
            widgets.forEach(({ summary }) => summary.setAttribute('aria-live', 'off'));
            this.play(slider, still.matches ? Infinity : Number(play));
        }
    }

    /** Sets the controls of this query. @param {string} query */
    take(query) {
        const values = new URLSearchParams(query);
        const chosen = this.controls.filter(({ name }) => values.has(name));
        chosen.forEach(control => setValue(control, values.get(control.name) ?? ''));
        this.changed(chosen);
    }

    /** Takes what a drag passes that began there. @param {PointerEvent} event */
    dragged({ buttons, clientX, clientY }) {
        const under = buttons === 1 && pressed ? document.elementFromPoint(clientX, clientY)?.closest('[data-set]') : null;
        if (under instanceof SVGElement && this.contains(under) && pressed?.contains(under)) {
            this.take(under.dataset.set ?? '');
        }
    }

    /** @param {HTMLInputElement} slider @param {number} by */
    move(slider, by) {
        slider.value = String(Math.max(Number(slider.min), Math.min(Number(slider.max), Number(slider.value) + by)));
        this.changed([slider]);
    }

    /** Moves the slider on, picture by picture, each after the one before was seen; where they are few, they are
     * for reading. For those who want less motion there is but the last.
     * @param {HTMLInputElement} slider @param {number} stride */
    play(slider, stride) {
        const { playing } = this;
        const few = Number(slider.max) / stride < 50;
        clearTimeout(this.film);
        this.film = setTimeout(() => {
            if (playing === undefined || this.playing !== playing) {
                return;
            }
            if (!this.waiting) {
                this.move(slider, stride);
            }
            if (slider.value === slider.max) {
                this.pause();
            } else {
                this.play(slider, stride);
            }
        }, few ? 1000 : 60);
    }

    pause() {
        if (this.playing) {
            this.playing.textContent = 'Play';
            this.playing = undefined;
            widgets.forEach(({ summary }) => summary.removeAttribute('aria-live'));
            this.summary.replaceChildren(this.summary.textContent ?? '');
        }
    }

    /** Asks the worker what to show now: one question at a time, and nothing while the reader is elsewhere. */
    ask() {
        this.query = new URLSearchParams(this.controls.map(control => [control.name, valueOf(control)])).toString();
        this.toggleAttribute('data-ready', !this.waiting && this.query === this.asked);
        if (this.near && !this.waiting && this.query !== this.asked) {
            this.waiting = true;
            this.asked = this.query;
            const widget = this.localName.replace('microgpt-', '');
            this.timer = setTimeout(() => this.fail('No answer came for half a minute.'), PATIENCE);
            worker?.postMessage({ id: this.id, widget, query: this.query, given: this.given });
            this.given = {};
        }
    }

    /** Asks a worker that is new. */
    begin() {
        this.given = { ...this.kept };
        clearTimeout(this.timer);
        this.waiting = false;
        this.asked = '';
        this.revive();
        this.ask();
    }

    /** Lives again, and takes the focus from what is hidden now. */
    revive() {
        const held = this.require('.without', HTMLElement).contains(document.activeElement);
        this.removeAttribute('data-failed');
        if (held) {
            this.controls.find(({ type }) => type !== 'hidden')?.focus({ preventScroll: true });
        }
    }

    /** Stands still, says why, and offers another try. @param {string} reason */
    fail(reason) {
        clearTimeout(this.timer);
        this.pause();
        const again = document.createElement('button');
        again.type = 'button';
        again.textContent = 'Try again';
        again.addEventListener('click', start);
        const place = this.require('.without', HTMLElement);
        const held = this.contains(document.activeElement);
        place.role = 'alert';
        place.replaceChildren(`${reason} `, again);
        this.toggleAttribute('data-failed', true);
        if (held) {
            again.focus({ preventScroll: true });
        }
    }

    /** @param {Answer} answer */
    show({ query, summary = '', figure = '', max = '', control, problem = '', failure, taken }) {
        clearTimeout(this.timer);
        if (taken !== undefined) {
            this.dispatchEvent(new CustomEvent('taken', { detail: taken }));
        }
        if (failure !== undefined) {
            console.error(failure);
            this.fail(failure);
            return;
        }
        this.revive(); // by an answer that came late
        // What another widget of the page was set to is explained here as well.
        const here = this.controls.some(({ name, type }) => name === control && type !== 'hidden');
        write(this.require('form > .problem', HTMLElement), here ? '' : problem);
        if (this.refused !== control) {
            this.refused = control;
            keepSoon();
        }
        // What cannot be shown leaves the last figure there, pale; where a text is refused, it says whose it is.
        const refused = this.controls.find(({ name }) => name === control);
        const whose = refused?.dataset.length && (new URLSearchParams(this.shown).get(refused.name) ?? refused.dataset.first);
        this.toggleAttribute('data-stale', control !== undefined);
        this.figure.dataset.whose = whose || '';
        const first = this.shown === undefined;
        if (control === undefined) {
            this.shown = query;
            write(this.summary, summary);
            this.toggleAttribute('data-moved',
                this.controls.some(input => valueOf(input) !== input.dataset.first));
            const fresh = document.createElement('template');
            fresh.innerHTML = figure;
            const focused = document.activeElement;
            const held = this.figure.contains(focused) && focused instanceof HTMLElement ? focused : undefined;
            morph(this.figure, fresh.content);
            if (held && (!held.isConnected || held.matches(':disabled'))) {
                this.refocus(held);
            }
            this.dispatchEvent(new CustomEvent('shown', { bubbles: true, detail: query }));
        }
        // Where the reader has gone on meanwhile, the ends of the sliders come with the next answer.
        for (const [limited, most] of new URLSearchParams(query === this.query ? max : '')) {
            const slider = this.controls.find(({ name, type }) => name === limited && type === 'range');
            if (slider instanceof HTMLInputElement) {
                const value = Number(followsEnd(slider) ? slider.dataset.first : slider.value);
                const asked = address.get(limited);
                if (first && Number(asked) > Number(most) && !beyond.has(limited)) {
                    beyond.set(limited, asked ?? '');
                }
                slider.dataset.most ??= slider.max;
                slider.max = most;
                setValue(slider, String(Math.min(value, Number(most))));
            }
        }
        for (const input of this.controls.filter(({ type }) => type !== 'hidden')) {
            const mine = input === refused;
            input.ariaInvalid = mine ? 'true' : null;
            const words = whose ? `${problem} Still shown: ${whose}.` : problem;
            write(this.require(`#${input.id}-problem`, HTMLElement), mine ? words : this.said(input));
        }
        this.waiting = false;
        this.ask();
    }

    /** Where the focus goes when what had it is gone or cannot be pressed any more: with no focus here, the next
     * arrow key would turn the page. @param {HTMLElement} lost */
    refocus(lost) {
        const beside = (lost.isConnected ? lost.parentElement : this.figure)?.querySelector('button:enabled');
        const [name] = new URLSearchParams(lost.dataset.set).keys();
        const target = beside ?? this.controls.find(control => control.name === name && control.type !== 'hidden');
        if (target instanceof HTMLElement) {
            target.focus({ preventScroll: true });
        }
    }
}

/** What the reader and the page's own script set. */
const KEPT = ['open', 'tabindex', 'data-more'];

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

function keepSoon() {
    clearTimeout(keeping);
    keeping = setTimeout(keep, 300);
}

/** Writes the state of the widgets into the address of the page, but for what cannot be shown. */
function keep() {
    const refused = new Set([...widgets.values()].map(widget => widget.refused));
    const query = new URLSearchParams([...address].filter(([name]) => !refused.has(name))).toString();
    history.replaceState(history.state, '', (query ? `?${query}` : location.pathname) + location.hash);
}

// Whoever follows a link while a film plays, and so has not come to rest, finds it there again.
document.addEventListener('click', ({ target }) => {
    if (target instanceof Element && target.closest('a')) {
        keep();
    }
}, { capture: true });

for (const element of document.querySelectorAll('.lab > *')) {
    if (customElements.get(element.localName) === undefined) {
        customElements.define(element.localName, class extends Widget {});
    }
}
start();
