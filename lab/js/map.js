// The map in this reader's colours: lines of passed lessons are filled, in the table of contents and the index
// those lessons have a mark, and the ways lead to the next lesson that is not passed.

import { passed } from './progress.js';

/** A lesson, as the build writes it into the map. @typedef {{ path: string, title: string, needed: string[] }} Lesson */

const map = /** @type {HTMLElement} */ (document.getElementById('map'));
const root = map.dataset.root ?? '';

/** @type {Lesson[]} */
const lessons = (map.dataset.lessons ?? '').split('\n').map(record => {
    const [path = '', title = '', needed = ''] = record.split(';');
    return { path, title, needed: needed.split(' ').filter(id => id) };
});

/** What the map says before anything is passed. @type {string | undefined} */
let about;

/** The link of the title page to where the reader begins, and what it says at first. */
const start = document.querySelector('.map.large + p > a');
const first = start instanceof HTMLAnchorElement ? [start.href, start.textContent ?? ''] : ['', ''];

/** The lesson of this page, if it is one. */
const here = lessons.findIndex(({ path }) => addressOf(path) === withoutEnd(location.href));

/** An address without what servers may leave away. @param {string} href */
function withoutEnd(href) {
    return href.replace(/[?#].*$/, '').replace(/\.html$/, '');
}

/** @param {string} path */
function addressOf(path) {
    return withoutEnd(new URL(`${root}${path}`, location.href).href);
}

/** A lesson is passed by its checkpoints, or by its task: who has written the lines knows them.
 * @param {Lesson} lesson */
function isPassed({ path, needed }) {
    const ids = passed(path);
    return ids.has('task') || needed.length > 0 && needed.every(id => ids.has(id));
}

/** The first lesson behind this one that is not passed, or the first of all. @param {boolean[]} done @param {number} from */
function next(done, from) {
    const behind = done.indexOf(false, from + 1);
    return lessons[behind < 0 ? done.indexOf(false) : behind];
}

/** Marks what leads to passed lessons. @param {Set<string>} addresses */
function mark(addresses) {
    for (const link of document.querySelectorAll('#mdbook-sidebar a, main td a')) {
        if (link instanceof HTMLAnchorElement) {
            link.toggleAttribute('data-passed', addresses.has(withoutEnd(link.href)) && !link.hash);
        }
    }
}

/** Fills the map, and says how much of it is filled. @param {boolean[]} done */
function fill(done) {
    const pieces = [...map.querySelectorAll('a[data-of]')];
    let [filled, all] = [0, 0];
    for (const piece of pieces) {
        const { of = '', lines } = /** @type {SVGAElement} */ (piece).dataset;
        const known = of.split(' ').some(lesson => done[Number(lesson)]);
        piece.classList.toggle('passed', known);
        filled += known ? Number(lines) : 0;
        all += Number(lines);
    }
    const count = map.querySelector('.count');
    const whole = filled === all;
    map.classList.toggle('begun', filled > 0);
    if (count) {
        about ??= count.textContent ?? '';
        count.textContent = whole ? `You have understood all ${all} lines.`
            : filled > 0 ? `${filled} of ${all} lines understood` : about;
    }
}

/** Leads on from the end of a lesson, and from the title page. @param {boolean[]} done */
function lead(done) {
    document.querySelector('.ways .open')?.remove();
    const target = done.includes(true) ? next(done, here < 0 ? done.lastIndexOf(true) : here) : undefined;
    const follows = lessons[here + 1];
    if (start instanceof HTMLAnchorElement) {
        [start.href, start.textContent] = target ? [`${root}${target.path}.html`, `Go on: ${target.title}`] : first;
    } else if (here >= 0 && target && target !== follows && target !== lessons[here]) {
        const way = document.createElement('a');
        way.className = 'way open';
        way.href = `${root}${target.path}.html`;
        const label = document.createElement('small');
        label.textContent = 'Not passed yet';
        way.append(label, ' ', target.title);
        document.querySelector('.ways')?.append(way);
    }
}

function show() {
    const done = lessons.map(isPassed);
    fill(done);
    lead(done);
    mark(new Set(lessons.filter((_, at) => done[at]).map(({ path }) => addressOf(path))));
}

show();
document.addEventListener('microgpt-progress', show);
