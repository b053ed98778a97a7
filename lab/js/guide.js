// The guide of the explorer: tasks in the page become a walk from control to control.
//
// A task is `<span class="task" data-widget="training" data-until="step>=steps" data-watch=".plot"></span>` at the
// start of a list item above the widget. It is done when the widget has shown figures for values of which `until` is
// true; what the reader only typed or clicked does not count. The control is the first one that `until` names and the
// reader sees, `watch` is the part of the figure to look at. The guide stands in the text, so that it covers neither:
// it folds the rest of the widget and brings both into view. Which tasks are done is kept on this device.

import { holds } from './conditions.js';

/** Where the progress is kept. */
const KEY = 'microgpt-guide';
/** What stays free above and below, in pixels. */
const EDGE = 8;

/** @template {keyof HTMLElementTagNameMap} T @param {T} name @param {string} className */
function make(name, className) {
    const element = document.createElement(name);
    element.className = className;
    return element;
}

/** @param {string} text @param {() => void} press */
function button(text, press) {
    const made = make('button', '');
    made.type = 'button';
    made.textContent = text;
    made.addEventListener('click', press);
    return made;
}

class Task {
    /** @param {HTMLElement} mark */
    constructor(mark) {
        this.mark = mark;
        this.item = /** @type {HTMLElement} */ (mark.closest('li') ?? mark.parentElement);
        this.until = mark.dataset.until ?? '';
        this.watch = mark.dataset.watch ?? '.figure';
        const kind = `microgpt-${mark.dataset.widget}`;
        /** The next widget of its kind. */
        this.widget = [...document.querySelectorAll(kind)].find(widget =>
            mark.compareDocumentPosition(widget) & Node.DOCUMENT_POSITION_FOLLOWING);
        /** What is kept: it stays the same when tasks are added before it. */
        this.id = `${mark.dataset.widget} ${this.until}`;
    }

    get done() {
        return this.mark.hasAttribute('data-done');
    }

    set done(done) {
        this.mark.toggleAttribute('data-done', done);
        this.mark.textContent = done ? 'done' : 'to do';
    }

    /** The control that it means. @returns {HTMLElement | null | undefined} */
    get control() {
        const names = this.until.split(' ').map(part => /^[\w-]+/.exec(part)?.[0]);
        const controls = names.map(name => this.widget?.querySelector(`[name="${name}"]:not([type="hidden"])`));
        return /** @type {HTMLElement | undefined} */ (controls.find(control => control));
    }

    /** Marks the control and folds what the task does not need. */
    lead() {
        unfold();
        this.item.append(nav);
        this.widget?.setAttribute('data-led', '');
        this.control?.closest('.control')?.classList.add('pointed');
        // What the worker sends anew stays folded too: a rule, not marks in the figure.
        const watched = `:is(${this.watch})`;
        folding.textContent = `[data-led] .figure > :not(${watched}, :has(${watched}), .caption:has(+ ${watched})) { display: none; }`;
    }

    /** Where the control and what is to be watched begin and end. */
    get extent() {
        const field = this.control?.closest('.control') ?? this.widget ?? this.item;
        const parts = [field, ...this.widget?.querySelectorAll(this.watch) ?? []].map(part => part.getBoundingClientRect());
        return { first: parts[0].top, last: Math.max(...parts.map(({ bottom }) => bottom)) };
    }

    get seen() {
        const { first, last } = this.extent;
        return first >= bars() && last <= innerHeight;
    }

    /** Scrolls so far that the control and what is to be watched are seen, and the task where there is room.
     * @param {ScrollBehavior} behavior */
    bring(behavior) {
        const { first, last } = this.extent;
        const room = innerHeight - bars() - 2 * EDGE;
        const top = this.item.getBoundingClientRect().top;
        scrollBy({ top: (last - top <= room ? top : first) - bars() - EDGE, behavior });
    }

    /** Brings the reader there. */
    point() {
        this.lead();
        this.bring(still.matches ? 'instant' : 'smooth');
        const focus = () => current === this && this.control?.focus({ preventScroll: true });
        if (this.control?.matches(':disabled')) {
            this.widget?.addEventListener('shown', focus, { once: true }); // the widget comes alive when it is seen
        } else {
            focus();
        }
    }
}

/** How far down the bars reach that stay at the top. */
function bars() {
    const fixed = [...document.querySelectorAll('#mdbook-menu-bar, nav.sections')]
        .filter(bar => getComputedStyle(bar).position === 'sticky');
    return fixed.reduce((sum, bar) => sum + bar.getBoundingClientRect().height, 0);
}

const still = matchMedia('(prefers-reduced-motion: reduce)');
const tasks = [...document.querySelectorAll('.task')].map(mark => new Task(/** @type {HTMLElement} */ (mark)));

/** What is kept on this device. @returns {{ done: string[], open: boolean }} */
function kept() {
    try {
        const { done, open } = JSON.parse(localStorage.getItem(KEY) ?? '{}');
        return { done: Array.isArray(done) ? done : [], open: open === true };
    } catch {
        return { done: [], open: false }; // somebody else's text, or no storage
    }
}

function keep() {
    try {
        const done = tasks.filter(task => task.done).map(task => task.id);
        localStorage.setItem(KEY, JSON.stringify({ done, open: current !== undefined }));
    } catch {
        // Without storage the guide works until the page is left.
    }
}

/** The task that the guide is at, when it is not put away. @type {Task | undefined} */
let current;

const folding = document.head.appendChild(make('style', ''));
const nav = make('div', 'guide');
nav.role = 'group';
nav.ariaLabel = 'Guide';
const place = make('b', '');
const news = make('output', '');
const next = button('', () => {
    const following = current && tasks[tasks.indexOf(current) + 1];
    go(following);
    if (!following) {
        const end = [...document.querySelectorAll('main > h2')].pop();
        end?.scrollIntoView();
    }
});
const leave = button('Put the guide away', () => {
    go(undefined);
    start.scrollIntoView({ block: 'center' });
    start.focus();
});
nav.append(place, next, leave, news);

const start = button('', () => {
    if (tasks.every(task => task.done)) {
        tasks.forEach(task => { task.done = false; });
    }
    go(tasks.find(task => !task.done));
});

function unfold() {
    nav.remove();
    folding.textContent = '';
    document.querySelectorAll('.pointed').forEach(control => control.classList.remove('pointed'));
    document.querySelectorAll('[data-led]').forEach(widget => widget.removeAttribute('data-led'));
}

/** Goes to a task, or puts the guide away. @param {Task | undefined} task */
function go(task) {
    current = task;
    document.documentElement.classList.toggle('guided', task !== undefined);
    say();
    keep();
    if (task) {
        task.point();
    } else {
        unfold();
    }
}

/** The buttons say what they do now. */
function say() {
    const done = tasks.filter(task => task.done).length;
    start.textContent = done === 0 ? 'Start the guide'
        : done === tasks.length ? 'Start the guide again' : `Go on with the guide: ${done} of ${tasks.length} done`;
    place.textContent = current ? `${tasks.indexOf(current) + 1} of ${tasks.length}` : '';
    next.textContent = current === tasks[tasks.length - 1] ? 'Finish' : current?.done ? 'Next' : 'Skip';
    next.classList.toggle('ready', current?.done === true);
    news.textContent = current?.done ? 'Done. Look at it; the answer stands below.' : '';
}

document.addEventListener('shown', event => {
    const { target } = event;
    if (!(event instanceof CustomEvent && target instanceof Element)) {
        return;
    }
    const values = new URLSearchParams(event.detail);
    const fulfilled = tasks.filter(task => !task.done && task.widget === target && holds(task.until, values));
    fulfilled.forEach(task => { task.done = true; });
    if (fulfilled.length > 0) {
        say();
        keep();
    }
    if (current && fulfilled.includes(current) && !current.seen) {
        current.bring('instant'); // what came was longer
    }
});

const before = kept();
tasks.forEach(task => { task.done = before.done.includes(task.id); });
document.querySelector('.guide-here')?.append(start);
say();
if (before.open) {
    go(tasks.find(task => !task.done));
    // The browser goes back to where the reader was, in a page without the guide.
    addEventListener('pageshow', () => requestAnimationFrame(() => current?.bring('instant')), { once: true });
}

/** The bar of sections says where the reader is. */
const links = new Map([...document.querySelectorAll('nav.sections a')].map(link =>
    [document.getElementById((link.getAttribute('href') ?? '').replace('#', '')), link]));
const seen = () => {
    const headings = [...links.keys()].filter(heading => heading && heading.getBoundingClientRect().top < innerHeight / 3);
    const here = headings.pop();
    links.forEach((link, heading) => {
        if (heading === here) {
            if (!link.hasAttribute('aria-current')) {
                // Where the bar is wider than the screen, it goes along.
                link.closest('ol')?.scrollTo({ left: (link.parentElement?.offsetLeft ?? 0) - 40 });
            }
            link.setAttribute('aria-current', 'true');
        } else {
            link.removeAttribute('aria-current');
        }
    });
};
document.addEventListener('scroll', seen, { passive: true });
seen();
