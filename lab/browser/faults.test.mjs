// What goes wrong around the widgets: addresses that say anything, a network that is gone, paper, small screens.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { close, living, open, widget, widgets } from './site.mjs';

const LESSON_2_4 = '02-calculus-and-autograd/04-backward-pass.html';
const LESSON_2_5 = '02-calculus-and-autograd/05-building-a-computation-graph.html';
const LESSON_4_0 = '04-training/00-what-is-training.html';
const LESSON_4_1 = '04-training/01-the-loss-function.html';
const LESSON_4_5 = '04-training/05-the-training-loop.html';

const axe = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

after(close);

test('a film is not read out picture by picture, but its end is', async () => {
    await open('title.html', {}, async page => {
        const figure = await widget(page, 'curve');
        await figure.evaluate(element => {
            window.said = [];
            new MutationObserver(changes => changes.forEach(({ target }) => {
                const near = target instanceof Element ? target : target.parentElement;
                const live = near?.closest('output, [role="status"], [aria-live]');
                if (live && live.getAttribute('aria-live') !== 'off') window.said.push(live.textContent);
            })).observe(element, { childList: true, characterData: true, subtree: true });
        });
        await figure.getByRole('button', { name: 'play or pause' }).click();
        await figure.locator('form .progress', { hasText: 'step  500 /' }).waitFor({ state: 'attached', timeout: 120_000 });
        await page.waitForTimeout(300);
        const said = await page.evaluate(() => window.said);
        assert.ok(said.length > 0 && said.length <= 6, `${said.length} changes: ${said}`);
        assert.match(said.at(-1), /^After 500 of 500 steps/);
    });
});

test('numbers are not broken across lines', async () => {
    const found = [];
    for (const path of living) {
        await open(path, { viewport: { width: 1280, height: 800 } }, async page => {
            for (const name of await widgets(page)) await widget(page, name);
            found.push(...await page.evaluate(() => {
                document.querySelectorAll('.lab details').forEach(box => { box.open = true; });
                const broken = [];
                for (const cell of document.querySelectorAll('.lab :is(td, th, li, .value)')) {
                    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
                    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                        for (const { 0: text, index } of node.data.matchAll(/−?\d[\d.,]*(e−?\d+)?( %)?/g)) {
                            const range = document.createRange();
                            range.setStart(node, index);
                            range.setEnd(node, index + text.length);
                            const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top / 8)));
                            if (tops.size > 1) broken.push(`${location.pathname}: ${text} in ${cell.textContent}`);
                        }
                    }
                }
                return broken;
            }));
        });
    }
    assert.deepEqual(found, []);
});

test('on paper and without scripts no controls appear, and no empty figure', async () => {
    for (const [path, name] of [['title.html', 'curve'], ['explorer.html', 'training']]) {
        for (const javaScriptEnabled of [true, false]) {
            await open(path, { javaScriptEnabled }, async page => {
                const figure = page.locator(`microgpt-${name}`);
                if (javaScriptEnabled) {
                    await widget(page, name);
                    assert.equal(await figure.locator('.paper').isVisible(), false);
                    await page.emulateMedia({ media: 'print' });
                }
                assert.equal(await figure.locator('form').isVisible(), false);
                assert.equal(await figure.locator('button:visible').count(), 0);
                assert.match(await figure.locator('.paper > p').innerText(), /500/);
            });
        }
    }
    await open(LESSON_4_5, {}, async page => {
        await widget(page, 'training');
        await page.emulateMedia({ media: 'print' });
        assert.equal(await page.locator('.lab :is(fieldset, input, button):visible').count(), 0);
    });
    // Who has trained prints that.
    await open('title.html', {}, async page => {
        const figure = await widget(page, 'curve');
        await figure.getByRole('button', { name: '+1' }).click();
        await figure.locator('form .summary', { hasText: 'After 1 of 500' }).waitFor();
        await page.emulateMedia({ media: 'print' });
        assert.equal(await figure.locator('.paper').isVisible(), false);
        assert.equal(await figure.locator('form .summary').isVisible(), true);
    });
});

test('what an address asks for and no control has is said, and the nearest is shown', async () => {
    for (const query of ['step=-5', 'step=1e20', 'seed=1e20', 'step=2001', 'lr=7', 'no-rmsnorm=yes', 'width=5']) {
        await open(`explorer.html?${query}`, {}, async page => {
            for (const name of ['parameters', 'training', 'attention', 'sampling']) {
                const figure = await widget(page, name);
                assert.equal(await figure.getAttribute('data-stale'), null);
            }
            const [, asked] = query.split('=');
            const said = await page.locator('.lab .problem:not(:empty)').allTextContents();
            assert.ok(said.length > 0 && said.every(words => words.startsWith(`The address asks for “${asked}”`)), `${query}: ${said}`);
            await page.waitForURL(url => !url.search.includes(asked));
        });
    }
});

test('sizes that do not fit are explained in each widget that shows the model', async () => {
    await open('explorer.html?heads=8&width=4', {}, async page => {
        for (const name of ['parameters', 'training', 'attention', 'sampling']) {
            const figure = await widget(page, name);
            await figure.locator('.problem', { hasText: 'make it a multiple of n_head' }).waitFor();
            assert.equal(await figure.locator('.problem:not(:empty)').count(), 1);
        }
    });
});

test('refused text stays out of the address, and can be read', async () => {
    await open(LESSON_4_1, { bypassCSP: true }, async page => {
        const figure = await widget(page, 'losses');
        const name = figure.getByRole('textbox', { name: 'Name' });
        await name.fill('zoe');
        await page.waitForURL('**?name=zoe');
        for (const text of ['r2d2', 'a'.repeat(10_000)]) {
            await name.fill(text);
            await figure.locator('.problem:not(:empty)').waitFor();
            await page.waitForURL(url => url.search === '');
            assert.equal(await name.inputValue(), text);
            await page.evaluate(axe);
            const { violations } = await page.evaluate(() => axe.run('.lab'));
            assert.deepEqual(violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`), []);
        }
        await name.fill('zoe');
        await page.waitForURL('**?name=zoe');
    });
    await open(`${LESSON_4_1}?name=${'a'.repeat(4000)}`, {}, async page => {
        const figure = await widget(page, 'losses');
        await figure.locator('.summary', { hasText: 'The loss of anna' }).waitFor();
        await page.waitForURL(url => url.search === '');
    });
});

test('a network that is gone has its reason, and another try', async () => {
    for (const [lost, reason] of [
        ['lab', 'What moves this figure could not be loaded'], ['worker', 'What computes here could not be loaded'],
        ['microgpt_lab', 'What computes here could not be loaded'], ['microgpt_lab_bg', 'What computes here could not be loaded'],
    ]) {
        const pattern = new RegExp(`/lab/${lost}\\.(js|wasm)`);
        await open(LESSON_4_0, { complains: true, before: page => page.route(pattern, route => route.abort()) }, async page => {
            const figure = page.locator('microgpt-curve');
            await figure.scrollIntoViewIfNeeded();
            await figure.locator('.without', { hasText: reason }).waitFor();
            assert.equal(await figure.locator('fieldset').isVisible(), false);
            await page.unroute(pattern);
            await figure.getByRole('button', { name: 'Try again' }).click();
            await page.waitForSelector('microgpt-curve[data-ready]');
            assert.equal(await figure.locator('fieldset').isVisible(), true);
        });
    }
});

test('a worker that is not there or does not answer has its reason', async () => {
    const before = page => page.addInitScript(() => { delete window.Worker; });
    await open(LESSON_4_0, { before }, async page => {
        await page.locator('microgpt-curve').scrollIntoViewIfNeeded();
        await page.locator('.without', { hasText: 'it has no Worker' }).waitFor();
    });
    const silent = page => page.addInitScript(() => {
        window.Silent = window.Worker;
        window.Worker = class extends window.Worker { postMessage() {} };
        const wait = window.setTimeout;
        window.setTimeout = (work, time, ...more) => wait(work, time === 30_000 ? 300 : time, ...more);
    });
    await open(LESSON_4_0, { before: silent }, async page => {
        const figure = page.locator('microgpt-curve');
        await figure.scrollIntoViewIfNeeded();
        await figure.locator('.without', { hasText: 'No answer came' }).waitFor();
        await page.evaluate(() => { window.Worker = window.Silent; });
        await figure.getByRole('button', { name: 'Try again' }).click();
        await page.waitForSelector('microgpt-curve[data-ready]');
    });
});

test('an answer that comes late is shown', async () => {
    const slow = page => page.addInitScript(() => {
        window.held = [];
        window.Worker = class extends window.Worker {
            postMessage(...message) { window.held.push(() => super.postMessage(...message)); }
        };
        const wait = window.setTimeout;
        window.setTimeout = (work, time, ...more) => wait(work, time === 30_000 ? 300 : time, ...more);
    });
    await open(LESSON_4_0, { before: slow }, async page => {
        const figure = page.locator('microgpt-curve');
        await figure.scrollIntoViewIfNeeded();
        await figure.getByRole('alert').filter({ hasText: 'No answer came' }).waitFor();
        await figure.getByRole('button', { name: 'Try again' }).focus();
        await page.evaluate(() => {
            const { held } = window;
            window.held = { push: send => send() };
            held.forEach(send => send());
        });
        await page.waitForSelector('microgpt-curve[data-ready]:not([data-failed])');
        assert.equal(await figure.locator('fieldset').isVisible(), true);
        assert.ok(await figure.evaluate(element => element.contains(document.activeElement)), 'the focus stays here');
    });
});

test('who stops and goes on has one film, not two', async () => {
    await open(LESSON_2_4, {}, async page => {
        const figure = await widget(page, 'graph');
        const play = figure.getByRole('button', { name: 'Play or Pause: Moment' });
        const slider = figure.getByRole('slider', { name: 'Moment' });
        await slider.fill('0');
        await figure.evaluate(element => element.addEventListener('click', () => { window.begin = performance.now(); }, true));
        for (let press = 0; press < 3; press += 1) await play.click();
        const took = await page.waitForFunction(() =>
            document.querySelector('microgpt-graph input[type="range"][name="at"]').value === '2' && performance.now() - window.begin);
        assert.ok(await took.jsonValue() > 1500, 'two pictures in two seconds');
    });
});

test('a swipe up that begins on a slider moves the page', async () => {
    await open(LESSON_4_0, { width: 390, hasTouch: true, isMobile: true }, async page => {
        const figure = await widget(page, 'curve');
        const slider = figure.getByRole('slider', { name: 'Steps of training' });
        await slider.evaluate(input => input.scrollIntoView({ block: 'center' }));
        const { x, y, width } = await slider.boundingBox();
        const [from, before] = [await page.evaluate(() => scrollY), await slider.inputValue()];
        const client = await page.context().newCDPSession(page);
        /** Moves a finger that touches the slider. */
        const swipe = async (dx, dy) => {
            const touch = (type, part) => client.send('Input.dispatchTouchEvent', {
                type, touchPoints: part === undefined ? [] : [{ x: x + width / 3 + part * dx, y: y + 8 + part * dy }],
            });
            await touch('touchStart', 0);
            for (let part = 0.05; part <= 1; part += 0.05) {
                await touch('touchMove', part);
                await page.waitForTimeout(16);
            }
            await touch('touchEnd');
            await page.waitForTimeout(300);
        };
        await swipe(100, 0);
        assert.equal(await page.evaluate(() => scrollY), from);
        assert.notEqual(await slider.inputValue(), before);
        const moved = await slider.inputValue();
        await swipe(0, -300);
        assert.ok(await page.evaluate(() => scrollY) > from + 100);
        assert.equal(await slider.inputValue(), moved);
    });
});

test('the controls of a graph leave it room on a small screen', async () => {
    for (const path of [LESSON_2_4, LESSON_2_5]) {
        await open(path, { viewport: { width: 1280, height: 800 } }, async page => {
            const figure = await widget(page, 'graph');
            const [top, end] = await figure.evaluate(element => [
                element.getBoundingClientRect().top, element.querySelector('.graph').getBoundingClientRect().bottom]);
            assert.ok(end - top < (path === LESSON_2_4 ? 740 : 1000), `${path}: ${end - top}`);
        });
    }
});
