// Tasks, as a reader meets them: written, judged, kept, and in nobody's way.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { after, test } from 'node:test';
import { close, open } from './site.mjs';

after(close);

const PAGE = '03-the-architecture/03-softmax.html';
const folder = new URL('../../tasks/', import.meta.url);
const softmax = (await readFile(new URL('../../microgpt.py', import.meta.url), 'utf8')).split('\n').slice(96, 101).join('\n');

const report = page => page.locator('.write .report');
const headline = page => page.locator('.write .report .headline');
const editor = page => page.locator('.write .cm-content');
const button = (page, name) => page.locator('.write').getByRole('button', { name, exact: true });
const text = page => editor(page).evaluate(content => [...content.querySelectorAll('.cm-line')].map(line => line.textContent).join('\n'));

async function unfold(page) {
    await page.locator('details.write > summary').click();
    await editor(page).waitFor();
}

/** Puts a text into the editor as a paste does, in the place of what is there. */
async function paste(page, text) {
    await editor(page).focus();
    await page.keyboard.press('ControlOrMeta+a');
    await editor(page).evaluate((content, text) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/plain', text);
        content.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, text);
}

/** Lets a text be judged, and gives the headline. */
async function judged(page, text) {
    await paste(page, text);
    await button(page, 'Run').click();
    await page.waitForFunction(() => {
        const words = document.querySelector('.write .report')?.textContent ?? '';
        return words !== '' && !words.endsWith('…');
    });
    return headline(page).textContent();
}

/** A task opened in its page. */
const task = (options, read, path = PAGE) => open(path, options, async page => {
    await unfold(page);
    await read(page);
});

test('nothing of it is loaded before it is opened', async () => {
    await open(PAGE, {}, async page => {
        const asked = [];
        page.on('request', request => asked.push(request.url()));
        await page.reload({ waitUntil: 'networkidle' });
        await page.locator('details.write').scrollIntoViewIfNeeded();
        await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
        await page.evaluate(() => dispatchEvent(new Event('afterprint')));
        await page.waitForLoadState('networkidle');
        assert.deepEqual(asked.filter(url => url.includes('/tasks/')), []);
        const before = page.workers().length;
        await unfold(page);
        assert.ok(asked.some(url => url.endsWith('/tasks/task.js')));
        assert.ok(page.workers().length > before || await page.waitForEvent('worker'));
    });
});

test('a mistake is named, a solution passes, is kept, and fills the map', async () => {
    await task({}, async page => {
        await button(page, 'Run').click();
        await report(page).getByText('This is the start: nothing is written yet.').waitFor();
        const mistake = await readFile(new URL('softmax/mistakes/no_maximum.py', folder), 'utf8');
        assert.match(await judged(page, mistake), /^Line 3: The maximum is not subtracted/);
        assert.equal(await page.locator('.write .cm-line.fault').textContent(), mistake.split('\n')[2]);
        assert.equal(await page.locator('.write .cases > .failed').count(), 3);
        assert.match(await page.locator('.write .cases > .failed dl').first().textContent(), /expected\[Value\(0.7/);
        assert.equal(await page.locator('details.write').getAttribute('data-passed'), null);

        assert.match(await judged(page, softmax), /^Right, in all \d+ cases\.$/);
        assert.equal(await page.locator('.write .cm-line.fault').count(), 0);
        assert.equal(await page.locator('details.write').getAttribute('data-passed'), '');
        await page.getByText(/\d+ of 200 lines understood/).waitFor({ state: 'attached' });

        await page.reload();
        await page.locator('details.write[data-passed]').waitFor();
        // The fold has a mark, and a word for those who do not see it.
        assert.ok(await page.getByRole('heading', { name: /^Solved: ?Write it yourself: / }).isVisible());
        assert.match(await page.locator('.write h3').evaluate(heading => getComputedStyle(heading, '::before').content), /^"✓ "/);
        await unfold(page);
        assert.equal(await text(page), softmax);
        await button(page, 'Start again').click();
        assert.match(await text(page), /^def softmax\(logits\):\n    """/);
        await button(page, 'Undo').click();
        assert.equal(await text(page), softmax);
        await button(page, 'Start again').click();
        await page.reload();
        await unfold(page);
        assert.match(await text(page), /\.\.\.$/m);
        await page.getByRole('button', { name: 'Start this lesson again' }).click();
        assert.equal(await page.locator('details.write').getAttribute('data-passed'), null);
    });
});

test('every task passes in its page with our solution', async () => {
    const lessons = (await readdir(new URL('../../course/', import.meta.url), { recursive: true }))
        .filter(path => /^0[1-5]-.*\.md$/.test(path));
    assert.equal(lessons.length, 28);
    for (const lesson of lessons) {
        const slug = /\d\d-([^/]*)\.md$/.exec(lesson)?.[1];
        const { solution } = JSON.parse(await readFile(new URL(`../course/assets/tasks/${slug}.json`, folder), 'utf8'));
        await task({}, async page => {
            assert.match(await judged(page, solution), /^Right, in all \d+ cases\.$/, lesson);
        }, lesson.replace('.md', '.html'));
    }
});

test('what does not end is stopped, by the button and by itself', async () => {
    await task({}, async page => {
        await page.waitForLoadState('networkidle');
        await paste(page, 'while True:\n    pass\n');
        await button(page, 'Run').click();
        await report(page).getByText('Running …').waitFor();
        await button(page, 'Stop').click();
        await report(page).getByText('Stopped.').waitFor();
        assert.match(await judged(page, softmax), /^Right/, 'the page lives on');
        // The line of the loop is told, and marked.
        assert.equal(await judged(page, 'n = 0\nwhile True:\n    print(n)\n    n += 1\n'),
            'Stopped after 10 seconds. Does the loop with while on line 2 never end?');
        assert.equal(await page.locator('.write .cm-line.fault').textContent(), 'while True:');
        assert.match(await page.locator('.write .printed').textContent(), /^0\n1\n2\n/);
        assert.ok((await page.locator('.write .printed').textContent()).length < 6_000);
        assert.match(await judged(page, softmax), /^Right/, 'the page lives on');
        assert.equal(await judged(page, 'for n in range(10**9):\n    whiled = n\n'),
            'Stopped after 10 seconds. Does the loop with for on line 1 never end?');
        assert.equal(await judged(page, 'for n in range(2):\n    while n < 2:\n        while n < 1:\n            pass\n'),
            'Stopped after 10 seconds. Does one of the loops with while never end: line 2 or 3?');
        assert.equal(await page.locator('.write .cm-line.fault').count(), 0);
    });
});

test('whatever else is put in gets a clear word, and the page lives on', async () => {
    await task({}, async page => {
        const body = code => `def softmax(logits):\n    ${code}\n`;
        for (const [code, words] of [
            ['', /There is no `?softmax/],
            ['def softmax(logits)\n    return logits', /^Line 1: .*colon/],
            ['const softmax = logits => logits;', /another language/],
            ['import os\n', /^Line 1: import os: the task takes plain Python/],
            ['x'.repeat(1_000_000), /1,000,000 characters/],
            [body('return [l − 1 for l in logits]'), /^Line 2: .*A minus is/],
            [body('return logits.append(1)[0]'), /^Line 2: .*append and extend give None/],
            [body('return softmax(logits)'), /^Line 2: RecursionError|^Line 2: RuntimeError/],
            [body('return [Value(0) for _ in range(10**9)]'), /MemoryError|Stopped/],
            [body('return [0] * 10**9'), /MemoryError/],
            [body('return Value(float("nan"))'), /0 of 8/],
            [body('return "x" * 1000000'), /0 of 8/],
            [`sum = 3\n${body('return [l / sum(logits) for l in logits]')}`, /^Line 3: TypeError/],
            [`import math\nmath.pi = 3\n${body('return logits')}`, /cannot read/],
            ['\u0000\ud83e\udd84 def', /cannot read/],
        ]) {
            assert.match(await judged(page, code), words, code.slice(0, 60));
            assert.ok((await report(page).textContent()).length < 6_000, code.slice(0, 60));
        }
        await judged(page, body('return "x" * 1000000'));
        assert.match(await page.locator('.write .cases dd').nth(1).textContent(), /a text, and it should be a list/);
        assert.match(await judged(page, body('print("here", len(logits))\n    return logits')), /of 8/);
        assert.match(await page.locator('.write .printed').textContent(), /^here 3\n/);
        assert.match(await judged(page, softmax), /^Right/, 'the page lives on');
    });
});

test('the keyboard gets in, writes, runs, and gets out; no key reaches the page', async () => {
    await task({}, async page => {
        await paste(page, '');
        await page.keyboard.type('def softmax(s/logits):');
        await page.keyboard.press('Enter');
        await page.keyboard.type('x');
        await page.keyboard.press('ArrowLeft');
        await page.keyboard.press('Tab');
        assert.equal(await text(page), 'def softmax(s/logits):\n        x');
        assert.ok(!await page.locator('#mdbook-searchbar').isVisible());
        await page.keyboard.press('Control+Enter');
        await report(page).getByText('Line 1').waitFor();
        assert.ok(page.url().endsWith(PAGE));
        await page.keyboard.press('Escape');
        await page.keyboard.press('Tab');
        assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Run');
    });
});

test('what is kept is read with care, and where nothing can be kept it works too', async () => {
    await open(PAGE, {}, async page => {
        await page.evaluate(() => localStorage.setItem('microgpt-task-softmax', '<img src=x onerror=alert(1)>\u2028'));
        await page.reload();
        await unfold(page);
        assert.match(await text(page), /^<img src=x/);
        await page.addInitScript(() => {
            Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };
        });
        await page.reload();
        await unfold(page);
        assert.match(await judged(page, softmax), /^Right/);
        assert.equal(await page.locator('details.write').getAttribute('data-passed'), '');
    });
});

test('without a network it says so, and can be tried again', async () => {
    await open(PAGE, { complains: true }, async page => {
        await page.waitForLoadState('networkidle');
        await page.context().setOffline(true);
        await page.locator('details.write > summary').click();
        await page.getByText('The editor could not be loaded').waitFor();
        assert.ok(await page.locator('.write .start').isVisible());
        await page.context().setOffline(false);
        await page.locator('details.write > summary').click();
        await unfold(page);
        assert.equal(await page.getByText('The editor could not be loaded').count(), 0);
        assert.match(await judged(page, softmax), /^Right/);
    });
});

test('a Python that does not come leaves the verdict, and comes when the network is back', async () => {
    await open(PAGE, { complains: true }, async page => {
        const loaded = page.waitForEvent('requestfinished', request => request.url().endsWith('/tasks/micropython.wasm'));
        await unfold(page);
        await loaded;
        const pattern = '**/tasks/micropython.*';
        const lost = page.waitForEvent('requestfailed');
        await page.route(pattern, route => route.abort());
        assert.match(await judged(page, softmax), /^Right/);
        await lost; // that for the next run
        await page.waitForTimeout(200);
        assert.match(await headline(page).textContent(), /^Right/);
        assert.match(await judged(page, 'softmax'), /^Python could not be loaded/);
        await page.waitForTimeout(200); // that for the next run is lost, too
        await page.unroute(pattern);
        assert.match(await judged(page, softmax), /^Right/);
    });
});

test('what is written in another tab is not overwritten', async () => {
    await task({}, async page => {
        const other = await page.context().newPage();
        await other.goto(page.url());
        await unfold(other);
        await paste(other, softmax);
        await page.waitForFunction(text => document.querySelector('.write .cm-content').textContent.includes(text), 'max_logit');
        await editor(page).focus();
        await page.keyboard.press('Control+End');
        await page.keyboard.type('#');
        await other.waitForFunction(() => document.querySelector('.write .cm-content').textContent.endsWith('#'));
        assert.equal(await text(other), `${softmax}#`);
    });
});

test('the focus stays with the buttons', async () => {
    await task({}, async page => {
        await paste(page, 'while True:\n    pass\n');
        await button(page, 'Run').focus();
        await page.keyboard.press('Enter');
        assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Stop');
        await page.keyboard.press('Enter');
        await report(page).getByText('Stopped.').waitFor();
        assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Run');
    });
});

test('without scripts, and on paper, it is a question with a folded solution', async () => {
    await open(PAGE, { javaScriptEnabled: false }, async page => {
        const fold = page.locator('details.write');
        await fold.locator('summary').first().click();
        assert.ok(await fold.getByText('It takes a list of').isVisible());
        assert.ok(await fold.getByText('def softmax(logits):').first().isVisible());
        assert.ok(!await fold.getByText('max_logit = max').isVisible());
        await fold.getByText('Our solution').click();
        assert.ok(await fold.getByText('max_logit = max').isVisible());
    });
});

test('a line that wraps goes on below where it begins', async () => {
    await task({ width: 320 }, async page => {
        await paste(page, `def softmax(logits):\n    return [${'1 + '.repeat(20)}1]\n${'    '.repeat(3)}pass`);
        const left = await page.locator('.write .cm-content').evaluate(content => [...content.querySelectorAll('.cm-line')].map(line => {
            const range = document.createRange();
            range.selectNodeContents(line);
            const text = line.textContent;
            const begin = text.length - text.trimStart().length;
            const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
            const tops = new Map();
            for (let at = 0, node = walker.nextNode(); node; at += node.length, node = walker.nextNode()) {
                for (let i = Math.max(0, begin - at); i < node.length; i += 1) {
                    range.setStart(node, i);
                    range.setEnd(node, i + 1);
                    const { left, top, width } = range.getBoundingClientRect();
                    if (width > 0) tops.set(Math.round(top / 6), Math.min(left, tops.get(Math.round(top / 6)) ?? Infinity));
                }
            }
            return [...tops.values()].map(Math.round);
        }));
        assert.ok(left[1].length > 2, `wraps: ${left[1]}`);
        assert.ok(left[1].every(x => Math.abs(x - left[1][0]) <= 1), `${left[1]}`);
        assert.ok(left[1][0] > left[0][0] + 20);
    });
});

test('it fits a telephone, and nothing is wrong with it for those who use it otherwise', async () => {
    const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
    for (const [width, dark] of [[320, false], [1280, true]]) {
        await task({ width, dark }, async page => {
            await judged(page, await readFile(new URL('softmax/mistakes/math_exp.py', folder), 'utf8'));
            assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
            assert.equal(await page.locator('.write .cm-scroller').evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth), 0);
            await page.evaluate(axe);
            const { violations } = await page.evaluate(() => window.axe.run('details.write'));
            assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), []);
        });
    }
});
