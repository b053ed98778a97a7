// The map of the program, what is passed, and the ways around the book.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { close, open, widget } from './site.mjs';

const axe = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const LESSON_1_1 = '01-data-and-tokenization/01-characters-as-numbers.html';
const LESSON_1_2 = '01-data-and-tokenization/02-the-bos-token.html';
const LESSON_2_0 = '02-calculus-and-autograd/00-why-we-need-derivatives.html';

after(close);

/** How many lines of the map are marked so. */
const lines = (page, mark) => page.locator(`#map svg a${mark}`).evaluateAll(pieces =>
    pieces.reduce((sum, piece) => sum + Number(piece.dataset.lines), 0));

/** Stores something as the reader's progress, and opens the page anew. */
const remember = async (page, text) => {
    await page.evaluate(text => localStorage.setItem('microgpt-progress', text), text);
    await page.reload();
};

/** Progress in which these lessons are passed, if each had one checkpoint called `one`. */
const progress = passed => JSON.stringify({
    version: 1, passed: Object.fromEntries(passed.map(path => [path.replace('.html', ''), ['one']])),
});

/** A page whose lessons all have one checkpoint called `one`, whatever the lessons have by now. */
const open_with_checkpoints = (path, options, read) => open('404.html', options, async page => {
    await page.route('**/*.html', async route => {
        const response = await route.fetch();
        const body = (await response.text()).replace(/(data-lessons=")([^"]*)/, (_, start, records) =>
            start + records.split('&#10;').map(record => record.replace(/(&#59;|;)[^;]*$/, ';one')).join('&#10;'));
        await route.fulfill({ response, body });
    });
    await page.goto(new URL(path, page.url()).href);
    await read(page);
});

test('the map has a bar for each of the 200 lines, marks those of the lesson, and leads to lessons', async () => {
    await open(LESSON_1_2, {}, async page => {
        assert.equal(await lines(page, ''), 200);
        assert.equal(await lines(page, '.here'), 7, 'lines 25 and 154–159');
        await page.locator('#map a', { hasText: '1.1 Characters as numbers' }).first().locator('.ground').click();
        await page.waitForURL(`**/${LESSON_1_1}`);
        await page.locator('#map').getByRole('link', { name: 'Lines 23–28' }).click();
        await page.waitForURL('**/INDEX.html');
    });
    await open('index.html', {}, async page => {
        assert.equal(await lines(page, ''), 200);
        assert.equal(await lines(page, '.here'), 0);
    });
});

test('on a telephone the map is behind a button, without scripts too', async () => {
    for (const javaScriptEnabled of [true, false]) {
        await open(LESSON_1_2, { width: 390, javaScriptEnabled }, async page => {
            const map = page.getByRole('navigation', { name: 'Map of microgpt.py' });
            assert.equal(await map.isVisible(), false);
            await page.getByRole('button', { name: 'Map of microgpt.py' }).click();
            assert.ok(await map.isVisible());
            const { x, width } = await map.boundingBox();
            assert.ok(x >= 0 && x + width <= 390);
            await page.keyboard.press('Escape');
            await map.waitFor({ state: 'hidden' });
        });
    }
});

test('the foot of the map is seen whole, with two ranges of lines and a count', async () => {
    const path = '04-training/04-the-adam-optimizer.html';
    for (const [width, dark] of [[320, true], [1280, false]]) {
        await open(path, { width, dark }, async page => {
            await remember(page, JSON.stringify({ version: 1, passed: { [path.replace('.html', '')]: ['task'] } }));
            if (width < 1000) await page.getByRole('button', { name: 'Map of microgpt.py' }).click();
            const foot = page.locator('#map .caption');
            await foot.getByText('15 of 200 lines understood').waitFor();
            const map = await page.locator('#map').boundingBox();
            for (const part of await foot.locator('> *').all()) {
                const { x, y, width, height } = await part.boundingBox();
                assert.ok(height < 25, `${await part.textContent()} is on one line`);
                assert.ok(y + height <= map.y + map.height - 2 && x + width <= map.x + map.width, await part.textContent());
            }
        });
    }
});

test('lines of passed lessons are filled, and what is passed has a mark', async () => {
    await open_with_checkpoints(LESSON_1_1, {}, async page => {
        await remember(page, progress([LESSON_1_2]));
        await page.getByText('7 of 200 lines understood').waitFor();
        assert.equal(await lines(page, '.passed'), 7);
        assert.deepEqual(await page.locator('#mdbook-sidebar a[data-passed]').allTextContents(), ['1.2 The BOS token']);
        // At once, when a checkpoint of this page is passed.
        await page.evaluate(async lesson => {
            const { pass } = await import(new URL('../assets/lab/progress.js', location.href).href);
            pass(lesson, 'one');
        }, LESSON_1_1.replace('.html', ''));
        await page.getByText('12 of 200 lines understood').waitFor();
    });
});

test('who has passed all lessons sees that the whole file is understood', async () => {
    await open_with_checkpoints('INDEX.html', {}, async page => {
        const lessons = await page.locator('td a').evaluateAll(links => links.map(link => link.getAttribute('href')));
        assert.equal(lessons.length, 31);
        await remember(page, progress(lessons));
        await page.getByText('You have understood all 200 lines.').waitFor();
        assert.equal(await lines(page, '.passed'), 200);
        assert.equal(await page.locator('td a[data-passed]').count(), 31);
    });
});

test('a lesson and the title page lead to the next lesson that is not passed', async () => {
    await open_with_checkpoints(LESSON_1_1, {}, async page => {
        await remember(page, progress([LESSON_1_2]));
        const open = page.locator('.ways').getByRole('link', { name: /^Not passed yet/ });
        assert.match(await open.textContent(), /2\.0 Why we need derivatives/);
        assert.match(await page.locator('.ways [rel="next"]').textContent(), /1\.2 The BOS token/);
        await page.goto(new URL('../index.html', page.url()).href);
        const on = page.getByRole('link', { name: 'Go on: 2.0 Why we need derivatives' });
        await on.waitFor();
        // Until another tab forgets all
        await page.evaluate(() => {
            localStorage.removeItem('microgpt-progress');
            dispatchEvent(new StorageEvent('storage', { key: 'microgpt-progress' }));
        });
        await page.getByRole('link', { name: 'Begin: 0.0 What is a language model?' }).waitFor();
        await remember(page, progress([LESSON_1_2]));
        await on.click();
        await page.waitForURL(`**/${LESSON_2_0}`);
    });
    await open('index.html', {}, async page => {
        assert.ok(await page.getByRole('link', { name: 'Begin: 0.0 What is a language model?' }).isVisible());
    });
});

test('progress that is damaged, foreign or of another version is dropped in silence', async () => {
    await open_with_checkpoints(LESSON_1_2, {}, async page => {
        for (const text of ['no JSON', '7', 'null', '[]', '{"version":1}', '{"version":1,"passed":null}',
            '{"version":0,"passed":{"01-data-and-tokenization/02-the-bos-token":["one"]}}',
            '{"version":1,"passed":{"01-data-and-tokenization/02-the-bos-token":7}}']) {
            const loaded = page.waitForResponse('**/map.js');
            await remember(page, text);
            await loaded;
            await page.waitForTimeout(100);
            assert.equal(await lines(page, '.passed'), 0, text);
        }
    });
});

test('the first press of Tab leads past everything to the text', async () => {
    await open(LESSON_1_2, {}, async page => {
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        assert.equal(await page.evaluate(() => document.activeElement?.localName), 'main');
        await page.keyboard.press('Tab');
        assert.ok(await page.evaluate(() => document.activeElement?.matches('main *')));
    });
});

test('arrow keys turn the page only where nothing has the focus that uses keys', async () => {
    await open(LESSON_1_2, {}, async page => {
        const url = page.url();
        for (const selector of ['summary', 'main a', '#mdbook-theme-toggle', '.lab input']) {
            if (selector.startsWith('.lab')) await widget(page, 'tokenizer');
            await page.locator(selector).first().focus();
            await page.keyboard.press('ArrowRight');
            await page.waitForTimeout(150);
            assert.equal(page.url().replace(/[?#].*/, ''), url, selector);
        }
        await page.evaluate(() => document.activeElement.blur());
        await page.keyboard.press('ArrowRight');
        await page.waitForURL(`**/${LESSON_2_0}`);
    });
});

test('the ways to the pages before and after stand at the top and at the bottom', async () => {
    for (const options of [{ width: 390 }, {}, { javaScriptEnabled: false }]) {
        await open(LESSON_1_2, options, async page => {
            for (const [rel, title] of [['prev', '1.1 Characters as numbers'], ['next', '2.0 Why we need derivatives']]) {
                const ways = page.locator(`a[rel="${rel}"]:visible`);
                assert.equal(await ways.count(), 2);
                for (const way of await ways.all()) {
                    assert.ok((await way.getAttribute('aria-label') ?? await way.textContent()).includes(title));
                }
            }
        });
    }
});

test('on the title page names and curve stand beside Play, and all of the promise on the first screen', async () => {
    for (const [width, height] of [[1280, 800], [390, 844]]) {
        await open('index.html', { viewport: { width, height } }, async page => {
            const curve = await widget(page, 'curve');
            await page.evaluate(() => scrollTo(0, 0));
            const bottom = async selector => {
                const { y, height } = await page.locator(selector).first().boundingBox();
                return y + height;
            };
            const seen = width > 1000 ? ['form .samples', 'form .plot', '.map.large'] : ['form .samples'];
            for (const selector of seen) {
                assert.ok(await bottom(selector) <= height, `${selector} at ${width}`);
            }
            const names = await curve.locator('form .samples').textContent();
            await curve.getByRole('button', { name: /^Play/ }).click();
            await page.waitForFunction(names => document.querySelector('form .samples').textContent !== names, names);
            await curve.getByRole('button', { name: /^Play/ }).click();
        });
    }
});

test('line 181 leads with Adam', async () => {
    await open('code.html', { width: 1600 }, async page => {
        await page.getByRole('radio', { name: /^Line 181\b/ }).locator('..').click();
        assert.match(await page.locator('.explanation:visible .title a').textContent(), /^4\.4 /);
        await page.getByText('A copy without our input.txt').waitFor();
    });
});

test('the map is accessible, open and filled', async () => {
    const found = [];
    for (const options of [{ dark: true, width: 390 }, { width: 1280 }]) {
        await open_with_checkpoints(LESSON_1_1, { ...options, bypassCSP: true }, async page => {
            await remember(page, progress([LESSON_1_1, LESSON_1_2]));
            await page.locator('.passed').first().waitFor({ state: 'attached' });
            if (options.width < 1000) await page.getByRole('button', { name: 'Map of microgpt.py' }).click();
            await page.evaluate(axe);
            const { violations } = await page.evaluate(() => axe.run());
            violations.forEach(({ id, nodes }) => found.push(`${id}: ${nodes[0].html}`));
        });
    }
    assert.deepEqual(found, []);
});
