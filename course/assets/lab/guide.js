// The guide of the explorer: a list of tasks in the page becomes a walk from control to control.
//
// A task is `<span class="task" data-widget="attention" data-until="head!=0"></span>` at the start of a list
// item. It is done when the widget has shown figures for values of which that is true; what the reader only
// typed or clicked does not count. Which tasks are done is kept on this device.

import { holds, widgetOf } from './conditions.js';

/** Where the progress is kept. */
const KEY = 'microgpt-guide';

/** @template {keyof HTMLElementTagNameMap} T @param {T} name @param {string} className @param {string} text */
function make(name, className, text = '') {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = text;
    return element;
}

/** @param {string} text @param {() => void} press */
function button(text, press) {
    const made = make('button', '', text);
    made.type = 'button';
    made.addEventListener('click', press);
    return made;
}

class Task {
    /** @param {HTMLElement} mark */
    constructor(mark) {
        this.mark = mark;
        this.item = /** @type {HTMLElement} */ (mark.closest('li') ?? mark.parentElement);
        this.widget = mark.dataset.widget ?? '';
        this.until = mark.dataset.until ?? '';
        /** What is kept: it stays the same when tasks are added before it. */
        this.id = `${this.widget} ${this.until}`;
    }

    get done() {
        return this.mark.hasAttribute('data-done');
    }

    set done(done) {
        this.mark.toggleAttribute('data-done', done);
        this.mark.textContent = done ? 'done' : 'to do';
    }

    /** The widget that it is about: the next one of its kind above it. */
    element() {
        return widgetOf(this.widget, this.mark);
    }

    /** Brings the reader to the control that it names first. */
    point() {
        const name = /^[\w-]+/.exec(this.until)?.[0];
        const widget = this.element();
        const control = widget?.querySelector(`[name="${name}"]:not([type="hidden"])`) ?? widget;
        control?.scrollIntoView({ block: 'center', behavior: still.matches ? 'instant' : 'smooth' });
        document.querySelectorAll('.pointed').forEach(other => other.classList.remove('pointed'));
        control?.closest('.control')?.classList.add('pointed');
        const focus = () => control instanceof HTMLElement && control.focus({ preventScroll: true });
        if (control?.matches(':disabled')) {
            widget?.addEventListener('shown', focus, { once: true }); // the widget comes alive when it is seen
        } else {
            focus();
        }
    }
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
        localStorage.setItem(KEY, JSON.stringify({ done, open: !bar.hidden }));
    } catch {
        // Without storage the guide works until the page is left.
    }
}

/** The task that the bar shows; one more than the last when all are behind the reader. */
let current = 0;

const bar = make('aside', 'guide-bar');
bar.ariaLabel = 'Guide';
bar.hidden = true;
const place = make('b', '');
const text = make('span', 'guide-text');
const news = make('output', 'guide-news');
const show = button('Show me', () => tasks[current]?.point());
const next = button('', () => {
    go(current === tasks.length ? 0 : current + 1);
    tasks[current]?.point();
});
const leave = button('Leave', () => open(false));
bar.append(place, text, news, show, next, leave);

const start = button('', () => {
    if (tasks.every(task => task.done)) {
        tasks.forEach(task => { task.done = false; });
    }
    open(true);
    go(0);
    tasks[current]?.point();
});
start.className = 'guide-start';

/** Goes to the next task at or after this one that is not done. @param {number} from */
function go(from) {
    const found = tasks.findIndex((task, index) => index >= from && !task.done);
    current = found < 0 ? tasks.length : found;
    const task = tasks[current];
    tasks.forEach(({ item }) => item.removeAttribute('aria-current'));
    task?.item.setAttribute('aria-current', bar.hidden ? 'false' : 'step');
    next.hidden = false;
    if (task) {
        const copy = /** @type {HTMLElement} */ (task.item.cloneNode(true));
        copy.querySelectorAll('.task, .definition, details').forEach(mark => mark.remove());
        text.textContent = (copy.textContent ?? '').trim();
        place.textContent = `${current + 1} of ${tasks.length}`;
    } else {
        const open = tasks.filter(({ done }) => !done).length;
        text.textContent = open === 0
            ? 'You have done all of it. The lessons are next: each section names its own.'
            : `This is the end of the page, and ${open} of ${tasks.length} are still to do.`;
        place.textContent = open === 0 ? 'The end' : 'Not all of it';
        next.hidden = open === 0;
    }
    news.textContent = '';
    show.hidden = task === undefined;
    say();
    label();
    keep();
}

/** @param {boolean} opened */
function open(opened) {
    bar.hidden = !opened;
    document.documentElement.classList.toggle('guided', opened);
    if (!opened) {
        document.querySelectorAll('.pointed').forEach(other => other.classList.remove('pointed'));
        start.focus();
    }
    go(current);
}

/** The button that goes on says what it leaves behind. */
function say() {
    next.textContent = current === tasks.length ? 'Go to the first of them' : tasks[current]?.done ? 'Next' : 'Skip';
}

function label() {
    const done = tasks.filter(task => task.done).length;
    start.textContent = done === 0 ? 'Start the guide'
        : done === tasks.length ? 'Start the guide again' : `Go on with the guide: ${done} of ${tasks.length} done`;
}

document.addEventListener('shown', event => {
    const { target } = event;
    if (!(event instanceof CustomEvent && target instanceof Element)) {
        return;
    }
    const values = new URLSearchParams(event.detail);
    const fulfilled = tasks.filter(task => !task.done && task.element() === target && holds(task.until, values));
    fulfilled.forEach(task => { task.done = true; });
    if (fulfilled.some(task => task === tasks[current])) {
        // The task stays there: its question is still to be answered.
        news.textContent = 'Done. Look at it, then go on.';
        say();
    }
    label();
    keep();
});

const before = kept();
tasks.forEach(task => { task.done = before.done.includes(task.id); });
document.querySelector('.guide-here')?.append(start);
document.querySelector('main')?.append(bar);
if (before.open) {
    bar.hidden = false;
    document.documentElement.classList.add('guided');
}
go(0);

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
