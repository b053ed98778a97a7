// The X-ray on the page of the 200 lines: arrow keys go from line to line, Play goes on by itself, and a link to a line
// leads there, as does its number.

const xray = /** @type {HTMLElement} */ (document.querySelector('microgpt-xray'));

/** How long a line is shown while they play, in milliseconds. */
const PAUSE = 900;

/** How long whoever types rests behind a number that is complete, in milliseconds. */
const REST = 700;

/** The keys and where they lead. @type {Record<string, string>} */
const KEYS = { ArrowRight: 'over', ArrowDown: 'into', ArrowLeft: 'back', ArrowUp: 'out' };

/** Whether the program plays, and whether the line that comes next is to be in view. */
let [playing, stepped] = [false, false];

/** @param {string} way @returns {HTMLButtonElement | null} */
const step = way => xray.querySelector(`.debugger [data-way="${way}"]:enabled`);

/** @param {boolean} on */
function play(on) {
    playing = on;
    const summary = /** @type {HTMLElement} */ (xray.querySelector('.summary'));
    // What plays is not read out, but its end.
    summary.setAttribute('aria-live', on ? 'off' : 'polite');
    if (!on) {
        summary.replaceChildren(summary.textContent ?? '');
    }
    label();
}

/** Says on its button whether the program plays. */
function label() {
    const button = xray.querySelector('.debugger .play');
    const text = playing ? 'Pause' : 'Play';
    if (button && button.textContent !== text) {
        button.textContent = text;
    }
}

/** The beat in which the lines play. */
let beat = 0;

function next() {
    clearTimeout(beat);
    const button = playing ? step('into') ?? step('over') : null;
    if (button) {
        stepped = true;
        button.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    } else if (playing) {
        play(false);
    }
}

xray.addEventListener('click', ({ target, isTrusted }) => {
    const button = target instanceof Element ? target.closest('.debugger button') : null;
    if (button?.classList.contains('play')) {
        play(!playing);
        next();
    } else if (isTrusted && playing) {
        play(false);
    }
    stepped ||= button?.hasAttribute('data-set') ?? false;
}, { capture: true });

xray.addEventListener('keydown', event => {
    const { target, key } = event;
    const button = target instanceof Element && target.closest('.debugger') ? step(KEYS[key]) : null;
    if (button && !event.ctrlKey && !event.altKey && !event.metaKey) {
        event.preventDefault();
        play(false);
        button.click();
    }
});

xray.addEventListener('shown', () => {
    label();
    if (stepped) {
        reach();
    }
    clearTimeout(beat);
    if (playing) {
        beat = setTimeout(next, PAUSE);
    }
});

/** Brings the line and the panel into view, where they are not. */
function reach() {
    stepped = false;
    const [line, panel] = ['.made.now', '.debugger'].map(part => xray.querySelector(part)?.getBoundingClientRect());
    if (line && panel) {
        // The panel stands beside the lines, or over the foot of the window.
        const floor = panel.left > line.left + 1 ? innerHeight : innerHeight * 0.58;
        if (line.top < innerHeight * 0.1 || line.bottom > floor - 20) {
            const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
            scrollBy({ top: line.top - innerHeight * 0.35, behavior: calm || playing ? 'instant' : 'smooth' });
        }
    }
}

/** Goes to the line asked for, as soon as it is shown. */
function go() {
    stepped = true;
    if (xray.hasAttribute('data-ready') && !xray.hasAttribute('data-stale')) {
        reach();
    }
}

/** When the reader has come to rest behind a number. */
let rest = 0;

/** @param {Event} event */
function typed({ type, target }) {
    if (!(target instanceof HTMLInputElement) || target.name !== 'line') {
        return;
    }
    clearTimeout(rest);
    if (type === 'change') {
        go();
        return;
    }
    if (!following) {
        rest = setTimeout(go, REST);
    }
    // Another line begins with its own values.
    const pick = xray.querySelector('input[name="pick"]');
    if (pick instanceof HTMLInputElement && pick.value) {
        pick.value = '';
        pick.dispatchEvent(new Event('input', { bubbles: true }));
    }
}
xray.addEventListener('input', typed);
xray.addEventListener('change', typed);

/** Whether the browser itself goes to the line. */
let following = false;

/** Goes to the line that the address names, as links from the lessons do. */
function follow() {
    const [, line] = /^#L(\d+)/.exec(location.hash) ?? [];
    const field = xray.querySelector('input[name="line"]');
    if (line && field instanceof HTMLInputElement && field.value !== line) {
        field.value = line;
        following = true;
        field.dispatchEvent(new Event('input', { bubbles: true }));
        following = false;
    }
}
addEventListener('hashchange', follow);

// A link may name its line beside the other controls. Who comes back or loads the page anew is where he was.
const line = location.hash ? null : new URLSearchParams(location.search).get('line');
const [how] = performance.getEntriesByType('navigation');
const led = line !== null && how instanceof PerformanceNavigationTiming && how.type === 'navigate';
if (led) {
    // What computes is loaded once it is in view.
    (document.getElementById(`L${line}`) ?? xray).scrollIntoView({ behavior: 'instant' });
}
customElements.whenDefined('microgpt-xray').then(() => {
    follow();
    if (led) {
        go();
    }
});

// At the foot of a small window the details wait to be asked for.
if (innerWidth >= 1300) {
    xray.querySelector('.debugger details')?.setAttribute('open', '');
}

export {};
