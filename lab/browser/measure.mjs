// How large the widgets are, and how soon they are alive; `node measure.mjs` prints it.

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { close, living, open, pages } from './site.mjs';

/** Compressed sizes in KB. */
export async function sizes() {
    const sizes = { wasm: 0, js: 0 };
    for (const file of await readdir(join(pages, 'assets/lab'))) {
        const kind = file.split('.').pop();
        if (kind in sizes) {
            sizes[kind] += gzipSync(await readFile(join(pages, 'assets/lab', file)), { level: 9 }).length / 1000;
        }
    }
    return sizes;
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
    const { wasm, js } = await sizes();
    console.log(`WebAssembly ${wasm.toFixed(1)} KB, JavaScript ${js.toFixed(1)} KB, both gzipped`);
    for (const { path, best } of await ready()) {
        console.log(`alive ${best.toFixed(0)} ms after coming into view: ${path}`);
    }
    const { fastest, median } = await training();
    console.log(`a step of training takes ${fastest.toFixed(1)} µs, ${median.toFixed(1)} in the middle of 21 trainings`);
    await close();
}
