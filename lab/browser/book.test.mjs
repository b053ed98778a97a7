// What holds for every page of the book.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { sizes } from './measure.mjs';
import { close, files, living, open, widget, widgets } from './site.mjs';

/**
 * How far things may move while a page arrives in pieces, of what Chromium calls layout shift: half of what the web
 * calls good, 0.1. Columns that grow as the rows of a table come make 0.006, a formula that is cut in two 0.025;
 * all that lies below a heading, moved by two lines, makes 0.06.
 */
const STILL = 0.05;

const axe = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

after(close);

for (const [look, options] of Object.entries({
    'dark and on a telephone': { dark: true, width: 360 },
    'light and on a wide screen': { width: 1600 },
})) {
    test(`every page is silent, still, accessible and not too wide, ${look}`, async () => {
        const found = [];
        for (const path of files) {
            await open(path, { ...options, slowly: true, bypassCSP: true }, async page => {
                await page.evaluate(() => {
                    window.shifts = [];
                    const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(' ');
                    const observer = new PerformanceObserver(list => window.shifts.push(...list.getEntries()
                        .map(({ value, sources }) => ({
                            value,
                            what: sources.map(({ node, previousRect, currentRect }) =>
                                `${node?.textContent}: ${place(previousRect)} to ${place(currentRect)}`).join(', '),
                        }))));
                    observer.observe({ type: 'layout-shift', buffered: true }); // from the first paint on
                });
                for (const name of await widgets(page)) await widget(page, name);
                const shifts = await page.evaluate(() => window.shifts);
                if (shifts.reduce((sum, { value }) => sum + value, 0) > STILL) {
                    found.push(...shifts.map(({ value, what }) => `${path} shifts: ${value} ${what}`));
                }
                const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
                if (wider > 0) found.push(`${path} is ${wider} px too wide`);
                await page.evaluate(() => document.querySelectorAll('details').forEach(box => { box.open = true; }));
                await page.evaluate(axe);
                const { violations } = await page.evaluate(() => axe.run());
                violations.forEach(({ id, nodes }) => found.push(`${path}: ${id}: ${nodes[0].html}`));
            });
        }
        assert.deepEqual(found, []);
    });
}

test('widgets compute what the builder of the book computed', async () => {
    const text = async figure => (await figure.locator('form').textContent()).replace(/\s+/g, '');
    for (const path of living) {
        await open(path, {}, async page => {
            for (const name of await widgets(page)) {
                const built = await text(page.locator(`microgpt-${name}`).first());
                assert.equal(await text(await widget(page, name)), built, path);
            }
        });
    }
});

test('widget code is loaded only when a widget comes into view', async () => {
    /** Reads a page in a window so low that no widget is near, and counts the widget code that it asks for:
     * what moves the widgets, and the crate. What reads checkpoints and draws progress is not among it. */
    const visit = async (path, read) => {
        let asked = 0;
        const before = page => page.on('request', request => { asked += /\/lab\/(lab|worker|microgpt_lab)/.test(request.url()) ? 1 : 0; });
        await open(path, { viewport: { width: 1200, height: 200 }, before }, page => read(page, () => asked));
    };
    await visit('INDEX.html', async (page, asked) => {
        assert.deepEqual(await widgets(page), []);
        await page.waitForLoadState('networkidle');
        assert.equal(asked(), 0);
    });
    await visit('01-data-and-tokenization/02-the-bos-token.html', async (page, asked) => {
        await page.waitForLoadState('networkidle');
        assert.equal(asked(), 0);
        const [name] = await widgets(page);
        await widget(page, name);
        assert.ok(asked() > 0);
    });
});

test('the widgets are small', async () => {
    const { wasm, js, second } = await sizes();
    assert.ok(wasm < 170, `${wasm} KB of WebAssembly`);
    assert.ok(js < 40, `${js} KB of JavaScript`);
    assert.ok(second > 0 && second - wasm < 40, `${second - wasm} KB more for pages with living lines`);
});
