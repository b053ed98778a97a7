// The page of the whole program, and the links to it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { close, open } from './site.mjs';

const axe = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const program = await readFile(new URL('../../microgpt.py', import.meta.url), 'utf8');
const LESSON_2_2 = '02-calculus-and-autograd/02-the-value-class.html';

after(close);

const shown = page => page.locator('.explanation:visible');
const number = (page, line) => page.getByRole('radio', { name: new RegExp(`^Lines? ${line}\\b`) }).locator('..');
const box = (page, selector) => page.locator(selector).evaluate(element => {
    const { top, bottom } = element.getBoundingClientRect();
    return [top, bottom];
});

test('the arrow keys go through all lines, and show what is said about each', async () => {
    await open('code.html', { width: 1600 }, async page => {
        assert.equal(await shown(page).count(), 0);
        const lines = [];
        await page.getByRole('radio').first().focus();
        await page.keyboard.press('Space');
        for (let steps = await page.getByRole('radio').count(); steps > 0; steps--) {
            const [text, seen, title, lesson, numbers] = await shown(page).evaluateAll(([shown, ...more]) => {
                const { top, bottom } = document.activeElement.getBoundingClientRect();
                const link = shown.querySelector('.title a');
                return [
                    more.length === 0 && shown.querySelectorAll('p')[1].textContent,
                    top >= 0 && bottom <= innerHeight, link.textContent, link.getAttribute('href'),
                    document.activeElement.parentElement.dataset.lines,
                ];
            });
            assert.ok(text.length > 20 && seen, `${numbers}: ${text}`);
            assert.match(title, /^[1-5]\.\d /);
            assert.match(lesson, /^0[1-5]-[^:]*\.html#the-lines$/);
            lines.push(...numbers.split('\n').map(Number));
            await page.keyboard.press(steps % 2 ? 'ArrowRight' : 'ArrowDown');
        }
        assert.deepEqual(lines, program.trimEnd().split('\n').map((_, index) => index + 1));
        assert.match(page.url(), /code\.html$/);
    });
});

test('on a telephone a tap on a number or a line opens the explanation, and a button closes it', async () => {
    await open('code.html', { width: 360, hasTouch: true, dark: true }, async page => {
        await number(page, 157).tap();
        await shown(page).getByText('writes the name as tokens').waitFor();
        const [top] = await box(page, '.explanation:visible');
        const [, bottom] = await box(page, '#L157');
        assert.ok(bottom <= top, 'the line stays in view');
        await shown(page).getByRole('button', { name: 'Close' }).tap();
        assert.equal(await shown(page).count(), 0);
        await number(page, 200).tap();
        await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
        const [[over], [, last]] = [await box(page, '.explanation:visible'), await box(page, '#L200')];
        assert.ok(last <= over, 'so does the last one, at the end of the page');
        await page.keyboard.press('Escape');
        assert.equal(await shown(page).count(), 0);
        await number(page, 157).tap();
        await shown(page).getByRole('button', { name: 'Close' }).tap();

        const [line] = await box(page, '#L156');
        await page.touchscreen.tap(200, line + 10);
        await shown(page).getByText('takes the next name').waitFor();
    });
});

test('the button copies the program as it is', async () => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    for (const width of [360, 1600]) {
        await open('code.html', { width, permissions }, async page => {
            await page.locator('.listing > pre').getByRole('button', { name: 'Copy' }).click();
            await page.getByText('Copied!').waitFor();
            assert.equal(await page.evaluate(() => navigator.clipboard.readText()), program);
        });
    }
});

test('a quote leads to its lines, and they lead back to the lesson', async () => {
    await open(LESSON_2_2, { width: 1600 }, async page => {
        await page.getByRole('link', { name: 'lines 39–42' }).click();
        await page.waitForURL('**/code.html#L39-42');
        const mark = await box(page, '.mark:target');
        assert.equal(mark[0], (await box(page, '#L39'))[0]);
        assert.equal(mark[1], (await box(page, '#L42'))[1]);
        assert.ok(mark[0] > 0 && mark[1] < 900, 'the lines are in view');
        assert.match(await shown(page).textContent(), /Line 39 defines __add__/);
        await shown(page).getByRole('link', { name: '2.2 The Value class' }).click();
        await page.waitForURL(`**/${LESSON_2_2}#the-lines`);
    });
    // On a telephone nothing lies over what the link led to.
    await open('code.html#L39', { width: 360 }, async page => {
        assert.equal(await shown(page).count(), 0);
        assert.notEqual(await page.locator('#L39').evaluate(mark => getComputedStyle(mark).backgroundColor),
            'rgba(0, 0, 0, 0)');
    });
});

test('the numbers stand beside their lines, at the last one too', async () => {
    for (const width of [360, 1600]) {
        await open('code.html', { width }, async page => {
            const lines = await page.locator('.listing > pre > code').evaluate(code => {
                const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
                const range = document.createRange();
                let last;
                while (walker.nextNode()) last = walker.currentNode.data.trim() ? walker.currentNode : last;
                range.selectNodeContents(last);
                const { top, bottom } = [...range.getClientRects()].find(({ width }) => width > 0);
                return (top + bottom) / 2;
            });
            const [top, bottom] = await box(page, '#L200');
            assert.ok(Math.abs((top + bottom) / 2 - lines) < 2, `${top} to ${bottom}, line at ${lines}`);
        });
    }
});

test('without script a number shows its explanation', async () => {
    for (const width of [360, 1600]) {
        await open('code.html', { width, javaScriptEnabled: false }, async page => {
            await number(page, 20).click();
            await shown(page).getByText('makes no second list').waitFor();
        });
    }
});

test('the page is accessible with an explanation open', async () => {
    const found = [];
    for (const options of [{ dark: true, width: 360 }, { width: 1600 }]) {
        await open('code.html', { ...options, bypassCSP: true }, async page => {
            for (const line of [81, 19, 126]) {
                await number(page, line).click();
                await page.evaluate(axe);
                const { violations } = await page.evaluate(() => axe.run());
                violations.forEach(({ id, nodes }) => found.push(`${line}: ${id}: ${nodes[0].html}`));
                const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
                if (wider > 0) found.push(`${line}: ${wider} px too wide`);
            }
        });
    }
    assert.deepEqual(found, []);
});
