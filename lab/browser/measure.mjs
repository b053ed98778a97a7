// How large the widgets are, how soon they are alive and how fast they answer: `node measure.mjs` prints it, beside
// the budgets, and ends with an error when one is missed.

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { close, files, living, open, pages, trace, widget } from './site.mjs';

/** Compressed sizes in KB: of what pages load in general, and of the second WebAssembly with its script. */
export async function sizes() {
    const sizes = { wasm: 0, js: 0, second: 0 };
    for (const file of await readdir(join(pages, 'assets/lab'))) {
        const kind = /^(microgpt_living|living).*\.(wasm|js)$/.test(file) ? 'second' : file.split('.').pop();
        if (kind in sizes) {
            sizes[kind] += gzipSync(await readFile(join(pages, 'assets/lab', file)), { level: 9 }).length / 1000;
        }
    }
    return sizes;
}

/** What a lesson loads at first, in KB, compressed where a server compresses: the page that loads most. */
async function firstView() {
    const views = [];
    for (const path of files.filter(file => /^0\d-/.test(file))) {
        let size = 0;
        const loaded = [];
        const before = page => page.on('response', response => loaded.push(response.body().then(body => {
            // Fonts are compressed already.
            size += (response.url().endsWith('.woff2') ? body : gzipSync(body, { level: 9 })).length / 1000;
        })));
        await open(path, { before }, async page => {
            await page.waitForLoadState('networkidle');
            await Promise.all(loaded);
        });
        views.push({ path, size });
    }
    return views.sort((a, b) => b.size - a.size)[0];
}

/** The training of lesson 4.5. */
const TRAINING = '04-training/05-the-training-loop.html';

/** The milliseconds from when the slider is moved from 0 to 500 steps until they are shown, in the middle of 11
 * times. */
async function answer() {
    let times = [];
    await open(TRAINING, {}, async page => {
        times = await (await widget(page, 'training')).evaluate(async figure => {
            const slider = figure.querySelector('[name="step"]');
            const move = step => new Promise(resolve => {
                const start = performance.now();
                figure.addEventListener('shown', event => {
                    if (new URLSearchParams(event.detail).get('step') === step) {
                        resolve(performance.now() - start);
                    }
                });
                slider.value = step;
                slider.dispatchEvent(new Event('input', { bubbles: true }));
            });
            const times = [];
            for (let run = 0; run < 11; run++) {
                await move('0');
                times.push(await move('500'));
            }
            return times.sort((a, b) => a - b);
        });
    });
    return times[5];
}

/** The longest task of the page's main thread while 500 steps are played, in milliseconds. */
async function longestTask() {
    let longest = Infinity;
    await open(TRAINING, {}, async page => {
        const figure = await widget(page, 'training');
        const stop = await trace(page);
        const play = figure.getByRole('button', { name: 'play or pause' });
        await play.click();
        await play.and(page.getByText('Pause')).waitFor();
        await play.and(page.getByText('Play')).waitFor({ timeout: 120_000 });
        longest = Math.max(...mainTasks(await stop())) / 1000;
    });
    return longest;
}

/** The microseconds on a processor of the tasks of the page whose main thread worked most: the browser keeps
 * another at hand. */
export function mainTasks(events) {
    const mains = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
    const [tasks] = mains.map(main => events.filter(({ name, pid, tid, tdur }) =>
        name === 'RunTask' && pid === main.pid && tid === main.tid && tdur !== undefined).map(({ tdur }) => tdur))
        .sort((a, b) => b.length - a.length);
    return tasks;
}

/** The milliseconds from when a page's first widget comes into view until it is alive, in the best of three
 * visits: for each page, the slowest first. */
async function ready() {
    const times = [];
    for (const path of living) {
        let best = Infinity;
        for (let visit = 0; visit < 3; visit++) {
            await open(path, {}, async page => {
                best = Math.min(best, await page.evaluate(comeAlive));
            });
        }
        times.push({ path, best });
    }
    return times.sort((a, b) => b.best - a.best);
}

/** The microseconds that a step of training takes in the browser, with all 500 of them, their preparation not
 * counted: the fastest and the middle one of 21 trainings. */
async function training() {
    let times = [];
    await open(living[0], {}, async page => {
        times = await page.evaluate(async () => {
            // mdBook's variable: from the page to the book's folder
            const root = new URL(path_to_root || './', location.href);
            const lab = await import(new URL('assets/lab/microgpt_lab.js', root).href);
            await lab.default();
            const times = [];
            for (let run = 0; run < 21; run++) {
                const [none, all] = [1, 501].map(steps => {
                    const start = performance.now();
                    lab.train(steps);
                    return performance.now() - start;
                });
                times.push((all - none) * 1000 / 500);
            }
            return times.sort((a, b) => a - b);
        });
    });
    return { fastest: times[0], median: times[10] };
}

/** Scrolls to the first widget and waits until it is alive; runs in the page. */
async function comeAlive() {
    const widget = document.querySelector('.lab > *');
    const start = performance.now();
    widget.scrollIntoView();
    await new Promise(resolve => {
        const alive = () => widget.hasAttribute('data-ready') && resolve();
        new MutationObserver(alive).observe(widget, { attributes: true });
    });
    return performance.now() - start;
}

if (process.argv[1] === import.meta.filename) {
    const { wasm, js, second } = await sizes();
    const view = await firstView();
    for (const [what, number, most, unit] of [
        ['WebAssembly, gzipped', wasm, 170, 'KB'],
        ['JavaScript, gzipped', js, 40, 'KB'],
        ['WebAssembly and scripts of pages with living lines, beyond the first, gzipped', second - wasm, 40, 'KB'],
        [`first view of a lesson, gzipped, the largest: ${view.path}`, view.size, 400, 'KB'],
        ['500 steps shown after the slider moves', await answer(), 100, 'ms'],
        ['longest task of the main thread while 500 steps play', await longestTask(), 50, 'ms'],
    ]) {
        const missed = number > most;
        console.log(`${missed ? 'MISSED ' : ''}${what}: ${number.toFixed(1)} of ${most} ${unit}`);
        process.exitCode ||= Number(missed);
    }
    for (const { path, best } of await ready()) {
        console.log(`alive ${best.toFixed(0)} ms after coming into view: ${path}`);
    }
    const { fastest, median } = await training();
    console.log(`a step of training takes ${fastest.toFixed(1)} µs, ${median.toFixed(1)} in the middle of 21 trainings`);
    await close();
}
