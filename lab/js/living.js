// The X-ray on the page of the 200 lines: arrow keys go from line to line, Play goes on by itself, and a link to a line
// leads there.

const xray = /** @type {HTMLElement} */ (document.querySelector('microgpt-xray'));

/** How long a line is shown while they play, in milliseconds. */
const PAUSE = 900;

/** The keys and where they lead. @type {Record<string, string>} */
const KEYS = { ArrowRight: 'over', ArrowDown: 'into', ArrowLeft: 'back', ArrowUp: 'out' };

/** Whether the program plays, and whether what comes next was asked for by a step. */
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

function next() {
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
        stepped = false;
        const line = xray.querySelector('.made.now');
        const { top = 0, bottom = 0 } = line?.getBoundingClientRect() ?? {};
        if (top < innerHeight * 0.15 || bottom > innerHeight * 0.55) {
            const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
            scrollBy({ top: top - innerHeight * 0.35, behavior: calm || playing ? 'instant' : 'smooth' });
        }
    }
    if (playing) {
        setTimeout(next, PAUSE);
    }
});

/** Goes to the line that the address names, as links from the lessons do. */
function follow() {
    const [, line] = /^#L(\d+)/.exec(location.hash) ?? [];
    const field = xray.querySelector('input[name="line"]');
    if (line && field instanceof HTMLInputElement && field.value !== line) {
        field.value = line;
        field.dispatchEvent(new Event('input', { bubbles: true }));
    }
}
addEventListener('hashchange', follow);
customElements.whenDefined('microgpt-xray').then(follow);

// At the foot of a small window the details wait to be asked for.
if (innerWidth >= 1300) {
    xray.querySelector('.debugger details')?.setAttribute('open', '');
}

export {};
