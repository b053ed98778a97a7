// The graph of an expression, in lessons 2.2 to 2.5.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { close, open, widget } from './site.mjs';

const LESSON_2_2 = '02-calculus-and-autograd/02-the-value-class.html';
const LESSON_2_3 = '02-calculus-and-autograd/03-forward-pass.html';
const LESSON_2_4 = '02-calculus-and-autograd/04-backward-pass.html';
const LESSON_2_5 = '02-calculus-and-autograd/05-building-a-computation-graph.html';

after(close);

const rows = figure => figure.locator('.values tbody tr').evaluateAll(rows =>
    rows.map(row => [...row.cells].map(cell => cell.textContent.trim())));
const says = (figure, text) => figure.locator('.summary', { hasText: text }).waitFor();
const slider = (figure, name) => figure.getByRole('slider', { name, exact: true });
const minus = text => text.replace('-', '−').replace(/\.0+$/, '');

test('the toy graph has the gradients of the lesson, and the nudges find the same', async () => {
    const golden = await readFile(new URL('../../examples/lesson_02_backward_pass.txt', import.meta.url), 'utf8');
    const block = golden.split('--- toy nudges ---')[1].split('---')[0];
    const nudges = Object.fromEntries([...block.matchAll(/^([abc]): (-?\d+\.\d{4})$/gm)].map(([, name, value]) =>
        [name, minus(value)]));
    await open(LESSON_2_4, {}, async page => {
        const figure = await widget(page, 'graph');
        await figure.getByRole('textbox', { name: 'Expression' }).fill('(a*b + c).relu()**2');
        await figure.locator('.values tbody tr').nth(6).waitFor(); // before that the film has another end
        await slider(figure, 'Moment').focus();
        await page.keyboard.press('End');
        await says(figure, 'Backward, 4 of 4');
        const table = await rows(figure);
        assert.equal(table.length, 7);
        for (const [name, , , , grad, slope] of table.slice(0, 3)) {
            assert.equal(grad, nudges[name]);
            assert.equal(slope, nudges[name]);
        }
    });
});

test('the figure is there without scripts, and the sentence too', async () => {
    for (const javaScriptEnabled of [false, true]) {
        await open(LESSON_2_4, { javaScriptEnabled }, async page => {
            const figure = page.locator('microgpt-graph');
            if (javaScriptEnabled) await widget(page, 'graph');
            await says(figure, 'Backward, 1 of 2, from v4 = v3 + a: v3.grad = 0 + 1 · 1 = 1; a.grad = 0 + 1 · 1 = 1.');
            assert.equal(await figure.getByRole('img', { name: 'The graph in 3 rows: 4 boxes' }).count(), 1);
            assert.equal(await figure.locator('.graph .edge').count(), 4);
            assert.deepEqual((await rows(figure))[0], ['a', 'input', '2', '', '1', '−2']);
            assert.equal(await figure.locator('fieldset').isVisible(), javaScriptEnabled);
        });
    }
});

test('the film goes on by the button and by the keyboard, and adds to the gradient of a shared node', async () => {
    await open(LESSON_2_4, {}, async page => {
        const figure = await widget(page, 'graph');
        await figure.getByRole('button', { name: '+1: Moment' }).click();
        await says(figure, 'a.grad = 1 + (−3) · 1 = −2; b.grad = 0 + 2 · 1 = 2.');
        assert.equal(await figure.locator('.graph .now.node').count(), 1);
        assert.equal(await figure.locator('.graph .gets').count(), 2);
        assert.deepEqual(await figure.locator('.handed').allTextContents(), ['+ (−3)', '+ 2']);
        await page.waitForURL('**?at=5');
        await slider(figure, 'Moment').focus();
        await page.keyboard.press('Home');
        await says(figure, 'Given: a = 2, b = −3.');
        assert.equal(await figure.locator('.graph .unknown.node').count(), 2);
        assert.equal((await rows(figure)).length, 2);
        await page.keyboard.press('ArrowRight');
        await says(figure, 'Forward, 1 of 2: v3 = a * b = 2 * (−3) = −6; local_grads −3, 2.');
        // Written down in the page itself: the film does not wait for a test.
        await figure.evaluate(element => {
            window.said = [];
            element.addEventListener('shown', () => window.said.push(element.querySelector('.summary').textContent));
        });
        await figure.getByRole('button', { name: 'Play or Pause: Moment' }).click();
        await says(figure, 'Backward, 2 of 2');
        const said = await page.evaluate(() => window.said.map(summary => summary.split(/[:,] /).slice(0, 2).join(' ')));
        assert.equal(said.length, 4);
        assert.equal(said[0], 'Forward 2 of 2');
        assert.equal(await figure.getByRole('button', { name: 'Play or Pause: Moment' }).textContent(), 'Play');
    });
});

test('a film that ends with the graph stays at its end when the graph grows and shrinks', async () => {
    await open(LESSON_2_5, {}, async page => {
        const figure = await widget(page, 'graph');
        const moment = () => slider(figure, 'Moment').evaluate(({ value, max }) => [value, max]);
        assert.deepEqual(await moment(), ['14', '14']);
        const expression = figure.getByRole('textbox', { name: 'Expression' });
        for (const [text, says_, end] of [['a', 'The result is −0.3. Backward begins', '1'],
            ['a*c + b', 'Backward, 2 of 2', '5'], ['(a*c + b).exp()', 'Backward, 3 of 3', '7']]) {
            await expression.fill(text);
            await says(figure, says_);
            await page.waitForFunction(end => document.querySelector('[name="at"]').value === end, end);
            assert.deepEqual(await moment(), [end, end]);
            assert.equal(await figure.locator('.control:has([name="at"]) .value').textContent(), end);
        }
        await page.waitForURL(url => url.searchParams.has('expr') && !url.searchParams.has('at'));
        await figure.getByRole('button', { name: 'Reset' }).click();
        await says(figure, 'Backward, 6 of 6');
        assert.deepEqual(await moment(), ['14', '14']);
        await page.waitForURL(url => url.search === '');
    });
});

test('sliders change the inputs, and relu lets nothing through below 0', async () => {
    await open(LESSON_2_5, {}, async page => {
        const figure = await widget(page, 'graph');
        await slider(figure, 'd').focus();
        for (let step = 0; step < 30; step++) await page.keyboard.press('ArrowRight');
        await figure.locator('.values td', { hasText: /^b \* d$/ }).waitFor();
        await page.waitForURL('**?d=1.7');
        const table = await rows(figure);
        assert.deepEqual(table[3].slice(0, 3), ['d', 'input', '1.7']);
        // 0.21 − 0.34 is below 0
        assert.deepEqual(table.slice(0, 4).map(row => row[4]), ['0', '0', '0', '0']);
    });
});

test('an address restores its state', async () => {
    await open(LESSON_2_3 + '?expr=c+%2B+a*b&a=-1.5&at=2', {}, async page => {
        const figure = await widget(page, 'graph');
        await says(figure, 'Forward, 2 of 2: v5 = c + v4 = 10 + 4.5 = 14.5; local_grads 1, 1.');
        assert.equal(await figure.getByRole('textbox', { name: 'Expression' }).inputValue(), 'c + a*b');
        assert.equal(await slider(figure, 'a').getAttribute('aria-valuetext'), '-1.5');
    });
});

test('wrong input gets a message at the control, and the last figure stays', async () => {
    await open(LESSON_2_2, {}, async page => {
        const figure = await widget(page, 'graph');
        const expression = figure.getByRole('textbox', { name: 'Expression' });
        for (const [typed, message] of [
            ['', 'Type an expression of a, b, c and d'],
            ['a +', 'At character 4: expected a number, a name from a to d, or an opening bracket, not the end.'],
            ['a ++ b', 'At character 4: expected a number'],
            ['A*b', '‘A’'],
            ['a^2', 'a power is written ** in Python'],
            ['relu(a)', 'as in a.relu()'],
            ['a.tanh()', 'expected relu, log or exp, not ‘tanh’'],
            ['🦀', '‘🦀’ is not part of an expression'],
            ['<b>&', '‘<’ is not part'],
            ['a**b', 'the exponent has to be a plain number'],
            ['1/(a - 2)', 'that is a division by zero'],
            ['b.log()', 'only a number above 0 has a logarithm'],
            ['(c*c*c).exp()', 'the number is too large'],
            ['a'.repeat(10_000), '10,000 characters'],
        ]) {
            await expression.fill(typed);
            await figure.locator('.problem', { hasText: message }).waitFor();
            assert.equal(await expression.getAttribute('aria-invalid'), 'true');
            assert.equal((await rows(figure)).length, 5);
        }
        await expression.fill('a - 1');
        await says(figure, 'Forward, 2 of 2: v3 = a + v2 = 2 + (−1) = 1');
        assert.equal(await expression.getAttribute('aria-invalid'), null);
    });
});

test('on a telephone a wide graph scrolls in its frame, by the keyboard too', async () => {
    await open(LESSON_2_5, { width: 360 }, async page => {
        const figure = await widget(page, 'graph');
        const frame = figure.locator('.table-wrapper', { has: page.locator('svg') });
        assert.ok(await frame.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth));
        await frame.focus();
        await page.keyboard.press('ArrowRight');
        await page.waitForFunction(() => document.querySelector('.table-wrapper:has(svg)').scrollLeft > 0);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    });
});
