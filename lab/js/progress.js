// Which checkpoints the reader has passed, kept in this browser and sent nowhere. Where nothing can be kept (a
// private window, a full store), it lasts until the page is left.

const KEY = 'microgpt-progress';
const VERSION = 1;

/** The ids of the checkpoints passed, by lesson (`01-data-and-tokenization/02-the-bos-token`). */
let lessons = kept();

/** What is kept. Whatever is not in our form is dropped. @returns {Map<string, Set<string>>} */
function kept() {
    try {
        return parse(localStorage.getItem(KEY));
    } catch {
        return new Map(); // no storage
    }
}

/** Reads the text that is kept. @param {string | null} text @returns {Map<string, Set<string>>} */
export function parse(text) {
    try {
        const { version, passed } = JSON.parse(text ?? '{}');
        const entries = version === VERSION && !Array.isArray(passed) ? Object.entries(passed) : [];
        return new Map(entries.filter(([, ids]) => Array.isArray(ids))
            .map(([lesson, ids]) => [lesson, new Set(ids.filter((/** @type {unknown} */ id) => typeof id === 'string'))]));
    } catch {
        return new Map(); // somebody else's text
    }
}

function keep() {
    const passed = Object.fromEntries([...lessons].map(([lesson, ids]) => [lesson, [...ids]]));
    try {
        localStorage.setItem(KEY, JSON.stringify({ version: VERSION, passed }));
    } catch {
        // It lasts until the page is left.
    }
    changed();
}

function changed() {
    document.dispatchEvent(new CustomEvent('microgpt-progress'));
}

/** The checkpoints of a lesson that are passed. @param {string} lesson @returns {Set<string>} */
export function passed(lesson) {
    return new Set(lessons.get(lesson));
}

/** Whether anything is passed, on whatever page. */
export function begun() {
    return [...lessons.values()].some(ids => ids.size > 0);
}

/** Notes that a checkpoint is passed. @param {string} lesson @param {string} id */
export function pass(lesson, id) {
    lessons.set(lesson, passed(lesson).add(id));
    keep();
}

/** Forgets what was passed in a lesson, or in all. @param {string} [lesson] */
export function restart(lesson) {
    if (lesson === undefined) {
        lessons.clear();
    } else {
        lessons.delete(lesson);
    }
    keep();
}

function reread() {
    lessons = kept();
    changed();
}

// Another tab of the course may pass one too, and so may the page from which the reader goes back to this one.
globalThis.addEventListener?.('storage', event => {
    if (event.key === KEY || event.key === null) {
        reread();
    }
});
globalThis.addEventListener?.('pageshow', event => {
    if (event.persisted) {
        reread();
    }
});
