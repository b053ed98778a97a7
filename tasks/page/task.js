// A task in its lesson: the editor, the buttons, and what the judge says.

import { pass, passed } from '../lab/progress.js';
import { edit } from './editor.js';

/** @typedef {import('./worker.js').Answer} Answer */
/** @typedef {import('./worker.js').Report} Report */

/** So long a text may run, in milliseconds. */
const PATIENCE = 10_000;
/** So long a text is kept, in characters. */
const KEPT = 20_000;

/** A new element with a class and what is in it. @template {keyof HTMLElementTagNameMap} T @param {T} name
 * @param {string} className @param {(Node | string)[]} inner @returns {HTMLElementTagNameMap[T]} */
function make(name, className, ...inner) {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...inner);
    return element;
}

/** A text with `code` in it. @param {string} text */
function words(text) {
    return text.split('`').map((part, at) => at % 2 ? make('code', '', part) : part);
}

/** The lines of the loops of a text that may not end: those with `while`, or else those with `for`. @param {string} text */
function loops(text) {
    const begin = (/** @type {RegExp} */ word) => text.split('\n').flatMap((line, at) => word.test(line) ? at + 1 : []);
    const endless = begin(/^\s*while\b/);
    return endless.length ? { word: 'while', lines: endless } : { word: 'for', lines: begin(/^\s*for\b/) };
}

/** @param {string} label @param {() => void} click */
function button(label, click) {
    const element = make('button', '', label);
    element.type = 'button';
    element.addEventListener('click', click);
    return element;
}

class Task {
    /** @param {HTMLDetailsElement} fold */
    constructor(fold) {
        this.fold = fold;
        const { task = '', lesson = '' } = fold.dataset;
        this.name = task;
        this.lesson = lesson;
        this.key = `microgpt-task-${task}`;
        this.judged = '';
        const start = /** @type {HTMLElement} */ (fold.querySelector('.start'));
        this.start = `${start.textContent?.trim()}\n`;
        this.run = button('Run', () => this.judge());
        this.stop = button('Stop', () => this.end('Stopped.'));
        this.reset = button('Start again', () => {
            this.editor.replace(this.start);
            this.say('The start is back. Undo brings back what you had.');
        });
        this.undo = button('Undo', () => this.editor.undo());
        this.stop.disabled = true;
        this.report = make('div', 'report');
        this.report.setAttribute('role', 'status');
        this.printed = make('pre', 'printed');
        this.printed.tabIndex = 0;
        this.printed.setAttribute('aria-label', 'Printed');
        this.printed.hidden = true;
        const keys = make('p', 'keys', 'Control and Enter run it. Tab indents; Escape, then Tab, leaves the editor.');
        keys.id = `keys-${task}`;
        const place = make('div', 'place');
        const tools = make('div', 'tools', this.run, this.stop, this.undo, this.reset);
        // mdBook turns the page by arrow keys and opens its search by letters.
        place.addEventListener('keydown', event => {
            event.stopPropagation();
            // Enter that is held would press Run and Stop in turn.
            if (event.repeat && event.target instanceof HTMLButtonElement) event.preventDefault();
        });
        this.unkept = false;
        this.editor = edit(place, this.kept() ?? this.start, 'Your Python', keys.id, () => this.judge(), text => this.keep(text));
        place.append(tools, keys, this.report, this.printed);
        start.replaceWith(place);
        // Another tab may write, too, and so may the page from which the reader goes back to this one.
        addEventListener('storage', ({ key }) => key === this.key && this.reread());
        addEventListener('pageshow', ({ persisted }) => persisted && this.reread());
        this.worker = this.prepare();
        this.timer = 0;
        if (passed(this.lesson).has('task')) this.say('Passed.');
    }

    /** A Python that has run nothing yet. */
    prepare() {
        const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
        [this.ready, this.lost] = [false, false];
        /** Where nobody waits for it, what the judge said stays. @param {string} why */
        const lose = why => {
            if (worker !== this.worker) return;
            if (this.running) this.end(why);
            else this.lost = true;
        };
        worker.addEventListener('message', (/** @type {MessageEvent<Answer>} */ { data }) => {
            if (worker !== this.worker) return;
            if (data.ready) {
                this.ready = true;
                if (this.running) this.watch();
            } else if (data.printed !== undefined) {
                this.printed.hidden = false;
                this.printed.append(`${data.printed}\n`);
            } else if (data.report) {
                this.end();
                this.tell(data.report);
            } else if (data.failure) {
                lose(data.failure);
            }
        });
        worker.addEventListener('error', event => {
            event.preventDefault();
            lose('Python could not be loaded. Is there no network?');
        });
        return worker;
    }

    get running() {
        return !this.stop.disabled;
    }

    judge() {
        if (this.running) return;
        const text = this.editor.text();
        this.judged = text;
        this.printed.hidden = true;
        this.printed.replaceChildren();
        this.editor.mark(null);
        if (text.length > KEPT) {
            this.say(`This has ${text.length.toLocaleString('en')} characters; the task takes a few lines. Was something else pasted here? Undo takes it away.`);
            return;
        }
        this.say(this.ready ? 'Running …' : 'Python is being loaded …');
        const focused = document.activeElement === this.run;
        [this.run.disabled, this.stop.disabled] = [true, false];
        if (focused) this.stop.focus();
        if (this.lost) {
            this.worker.terminate();
            this.worker = this.prepare();
        }
        this.worker.postMessage({ task: this.name, text });
        if (this.ready) this.watch();
    }

    /** Ends by itself what does not end. */
    watch() {
        this.say('Running …');
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.late(), PATIENCE);
    }

    /** Ends what has run too long. Python does not say where it was, but there are few places. */
    late() {
        const { word, lines } = loops(this.judged);
        const [line, ...more] = lines;
        const where = line === undefined ? 'Is there a loop that never ends?'
            : more.length ? `Does one of the loops with \`${word}\` never end: line ${lines.join(' or ')}?`
            : `Does the loop with \`${word}\` on line ${line} never end?`;
        this.end(`Stopped after ${PATIENCE / 1000} seconds. ${where}`);
        if (!more.length) this.editor.mark(line ?? null);
    }

    /** Whatever ran, runs no more. @param {string} [why] */
    end(why) {
        clearTimeout(this.timer);
        const focused = document.activeElement === this.stop;
        [this.run.disabled, this.stop.disabled] = [false, true];
        if (focused) this.run.focus();
        this.worker.terminate();
        this.worker = this.prepare();
        if (why) this.say(why);
    }

    /** @param {string} text @param {boolean} [right] */
    say(text, right = false) {
        this.report.replaceChildren(make('p', 'headline', ...words(text)));
        this.report.classList.toggle('solved', right);
    }

    /** Shows what the judge says. @param {Report} report */
    tell({ passed, headline, line, notes, cases }) {
        this.say(line ? `Line ${line}: ${headline}` : headline, passed);
        this.editor.mark(line);
        this.report.append(...notes.map(note => make('p', '', ...words(note))));
        let first = true;
        const items = cases.map(({ title, code, right, expected, came }) => {
            if (right) return make('li', 'passed', title);
            const details = make('details', '', make('summary', '', title), make('pre', '', make('code', 'nohighlight', code)),
                make('dl', '', make('dt', '', 'expected'), make('dd', '', expected), make('dt', '', 'came'), make('dd', '', ...words(came))));
            details.open = first;
            first = false;
            return make('li', 'failed', details);
        });
        if (items.length) this.report.append(make('ul', 'cases', ...items));
        if (passed) pass(this.lesson, 'task');
        // On a telephone it may stand below the window.
        this.report.querySelector('.headline')?.scrollIntoView({ block: 'nearest' });
    }

    /** What was written here before. */
    kept() {
        try {
            return localStorage.getItem(this.key);
        } catch {
            return null; // no storage
        }
    }

    /** Takes what is kept, unless what stands here is newer and could not be kept. */
    reread() {
        const text = this.kept() ?? this.start;
        if (!this.unkept && text !== this.editor.text()) this.editor.replace(text);
    }

    /** @param {string} text */
    keep(text) {
        this.unkept = text.length > KEPT;
        if (this.unkept || text === (this.kept() ?? this.start)) return; // too long; or another tab has kept it
        try {
            if (text === this.start) localStorage.removeItem(this.key);
            else localStorage.setItem(this.key, text);
        } catch {
            this.unkept = true; // It lasts until the page is left.
        }
    }
}

for (const fold of document.querySelectorAll('details.write[open]')) {
    new Task(/** @type {HTMLDetailsElement} */ (fold));
}
