// Embeddings, linear layers, softmax and rmsnorm, in lessons 3.1 to 3.4.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { block, rows, vector } from './lesson.mjs';
import { close, open, widget } from './site.mjs';

const EMBEDDINGS = '03-the-architecture/01-embeddings.html';
const LINEAR = '03-the-architecture/02-linear-layers.html';
const SOFTMAX = '03-the-architecture/03-softmax.html';
const NORMALIZATION = '03-the-architecture/04-normalization.html';

after(close);

const column = (rows, place) => rows.map(row => row[place]);

/** The figure, alive, and what waits for its summary. */
async function alive(page, name) {
    const figure = await widget(page, name);
    return { figure, says: text => figure.locator('.summary', { hasText: text }).waitFor() };
}

test('an embedding is the sum of two rows at each position, in numbers of the lesson', async () => {
    const lesson = await block('03_embeddings', 'two a before training');
    await open(EMBEDDINGS, {}, async page => {
        const { figure, says } = await alive(page, 'embedding');
        const position = figure.getByRole('slider', { name: 'Position' });
        await position.focus();
        await page.keyboard.press('Home');
        for (let at = 0; at < 5; at++) {
            await says(`at position ${at}, before training`);
            const shown = await rows(figure);
            // The lesson has the sums of both a.
            if (at === 1 || at === 4) assert.deepEqual(column(shown, 3).slice(0, 4), lesson[at === 1 ? 3 : 5].slice(-4));
            await page.keyboard.press('ArrowRight');
        }
        assert.equal(await position.inputValue(), '4');
        // Before training the letters lie close together: their map is enlarged, and all of it is a small square in
        // the other one. Afterwards both are the same.
        const dots = map => figure.locator('.maps .drawing').nth(map).locator('.place').evaluateAll(dots =>
            dots.map(dot => [dot.getAttribute('x'), dot.getAttribute('y')]));
        const square = figure.locator('.maps .drawing').nth(1).locator('.band');
        assert.ok(Number(await square.getAttribute('width')) < 260 / 3);
        await figure.getByText(/enlarged \d+\.\d times/).waitFor();
        assert.notDeepEqual(await dots(0), await dots(1));
        await figure.getByRole('textbox', { name: 'Name' }).fill('zoe');
        await says('e at position 3');
        await figure.getByRole('button', { name: 'Play or Pause' }).click();
        await says('after 500 steps of training');
        await page.waitForURL('**?position=4&name=zoe&step=500');
        assert.equal(await square.count(), 0);
        assert.deepEqual(await dots(0), await dots(1));
        // A longer name has the position again that the reader chose.
        await figure.getByRole('textbox', { name: 'Name' }).fill('anna');
        await says('a at position 4');
    });
});

test('a linear layer is a weighted sum for each row', async () => {
    const lesson = await block('03_linear_layers', 'the first number of q');
    const q = (await block('03_linear_layers', 'q for a at position 1')).flat();
    for (const javaScriptEnabled of [false, true]) {
        await open(LINEAR, { javaScriptEnabled }, async page => {
            const figure = page.locator('microgpt-linear');
            if (javaScriptEnabled) await widget(page, 'linear');
            assert.deepEqual(await rows(figure), lesson.slice(1));
            assert.deepEqual(await vector(figure), q);
        });
    }
    await open(LINEAR, {}, async page => {
        const { figure, says } = await alive(page, 'linear');
        await figure.locator('.drawing [data-set="output=9"] .near').click();
        await says(`q[9] = ${q[9]}`);
        assert.equal(await figure.getByRole('slider', { name: 'Row of the matrix' }).inputValue(), '9');
        await figure.getByRole('button', { name: '+1' }).press('Enter');
        await says('row 10');
        assert.equal((await rows(figure)).at(-1)[4], q[10]);
        await figure.getByRole('button', { name: 'Play or Pause' }).click();
        await says('row 15');
        await figure.getByRole('combobox', { name: 'Matrix' }).selectOption('attn_wk');
        await says('attn_wk times x is k[15]');
        assert.notDeepEqual(await vector(figure), q);
    });
});

test('softmax does not notice a shift, unless the maximum is not subtracted', async () => {
    const lesson = (await block('03_softmax', 'three scores by hand')).slice(1).map(line => line.at(-1));
    await open(SOFTMAX, {}, async page => {
        const { figure, says } = await alive(page, 'softmax');
        assert.deepEqual(column(await rows(figure), 4), lesson);
        const shift = figure.getByRole('slider', { name: 'Added to all' });
        await shift.focus();
        for (const key of ['Home', 'End']) {
            await page.keyboard.press(key);
            await page.waitForFunction(value => document.querySelector('microgpt-softmax tbody td').textContent === value,
                key === 'End' ? '1002' : '−998');
            assert.deepEqual(column(await rows(figure), 4), lesson);
        }
        await figure.getByRole('checkbox').press('Space');
        await says('The total is inf');
        assert.deepEqual(column(await rows(figure), 4), ['NaN', 'NaN', 'NaN', 'NaN']);
        await shift.focus();
        await page.keyboard.press('Home');
        await says('0 / 0 is NaN');
        await page.waitForURL('**?*shift=-1000*');
    });
    await open(SOFTMAX + '?logit0=none&logit1=none&logit2=none', {}, async page => {
        const { figure, says } = await alive(page, 'softmax');
        await figure.locator('.problem', { hasText: 'needs at least one logit' }).waitFor();
        await figure.getByRole('slider', { name: 'Logit 4' }).press('End');
        await says('Probabilities: 1.0000');
    });
});

test('the bar of a logit can be dragged, and its slider and probability follow', async () => {
    for (const width of [1280, 390]) {
        await open(SOFTMAX, { width }, async page => {
            const { figure, says } = await alive(page, 'softmax');
            const place = async value => {
                const { x, y, width, height } = await figure.locator(`[data-set="logit2=${value}"]`).boundingBox();
                return [x + width / 2, y + height / 2];
            };
            await page.mouse.move(...await place('-1'));
            await page.mouse.down();
            await page.mouse.move(...await place('2'), { steps: 6 });
            await page.mouse.up();
            await says('Probabilities: 0.4223, 0.1554, 0.4223. Their sum is 1.');
            assert.equal(await figure.getByRole('slider', { name: 'Logit 2' }).getAttribute('aria-valuetext'), '2');
            await page.waitForURL('**?logit2=2');
        });
    }
});

test('rmsnorm hardly notices a factor', async () => {
    const [words] = await block('03_normalization', 'checkpoint ten-times');
    const lesson = [['1', words[5].replace(',', '')], ['10', words[8]]];
    await open(NORMALIZATION, {}, async page => {
        const { figure, says } = await alive(page, 'rmsnorm');
        const round = number => Number(number).toFixed(4);
        for (const line of lesson) {
            const times = figure.getByRole('slider', { name: 'The vector times' });
            const places = (await times.getAttribute('data-values')).split(' ');
            await times.fill(String(places.indexOf(line[0])));
            await says(`times ${line[0]}:`);
            const shown = (await rows(figure)).slice(6, 7);
            assert.deepEqual(column(shown, 3).map(round), [line[1]]);
        }
    });
    await open(NORMALIZATION + '?times=1', { width: 390 }, async page => {
        const { figure, says } = await alive(page, 'rmsnorm');
        const heights = () => figure.locator('.drawing .bar').evaluateAll(bars => bars.map(bar => bar.getBBox().height));
        const [before, { height }] = [await heights(), await figure.boundingBox()];
        await figure.getByRole('slider', { name: 'The vector times' }).press('ArrowRight');
        await says('times 2:');
        const after = await heights();
        assert.ok(after.slice(0, 16).every((bar, j) => Math.abs(bar - 2 * before[j]) < 0.3));
        assert.ok(after.slice(16).every((bar, j) => Math.abs(bar - before[16 + j]) < 0.5));
        assert.equal((await figure.boundingBox()).height, height);
    });
    await open(NORMALIZATION + '?times=0&no-epsilon=on', {}, async page => {
        const { figure, says } = await alive(page, 'rmsnorm');
        await says('0 times inf is NaN');
        await figure.getByRole('checkbox', { name: 'without + 1e-5' }).press('Space');
        await says('RMS 0.000 before rmsnorm, 0.0000 after it');
    });
});

test('wrong names get a message at the control, and the last figure stays', async () => {
    for (const [path, name] of [[EMBEDDINGS, 'embedding'], [LINEAR, 'linear'], [NORMALIZATION, 'rmsnorm']]) {
        await open(path, {}, async page => {
            const { figure, says } = await alive(page, name);
            const before = await rows(figure);
            const box = figure.getByRole('textbox', { name: 'Name' });
            for (const [typed, message] of [
                ['', 'Type a name'], ['Anna', "the character 'A'"], ['r2d2', "the character '2'"], ['🦀', "the character '🦀'"],
                ['a'.repeat(10_000), '10,000 characters'],
            ]) {
                await box.fill(typed);
                await figure.locator('.problem', { hasText: message }).waitFor();
                assert.deepEqual(await rows(figure), before);
            }
            await box.fill('ben');
            await says('b at position 1');
        });
    }
});
