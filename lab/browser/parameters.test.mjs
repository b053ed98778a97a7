// The parameters and their number, in lesson 3.0.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { close, open, widget } from './site.mjs';
import { block, rows } from './lesson.mjs';

const LESSON = '03-the-architecture/00-parameters-are-knowledge.html';

after(close);

test('before training it is the lesson\'s model, with scripts and without', async () => {
    const shares = (await block('03_parameters_are_knowledge', 'matrices')).slice(1, 11);
    for (const javaScriptEnabled of [false, true]) {
        await open(LESSON, { javaScriptEnabled }, async page => {
            const figure = page.locator('microgpt-parameters');
            if (javaScriptEnabled) await widget(page, 'parameters');
            assert.match(await figure.locator('.summary').innerText(), /^Before training: 1,280 of 4,064 parameters/);
            const shown = (await rows(figure)).map(row => row[2].replace(',', ''));
            assert.deepEqual(shown, shares.map(line => line.at(-2)));
            assert.equal(await figure.locator('.matrices svg').count(), 9);
        });
    }
});

test('Play trains the model, redraws it, and ends with the lesson\'s trained numbers', async () => {
    const trained = (await block('03_parameters_are_knowledge', 'after training')).slice(1, 10);
    await open(LESSON, {}, async page => {
        const figure = await widget(page, 'parameters');
        const blank = figure.locator('.matrices li', { hasText: 'mlp_fc2' }).locator('path');
        assert.equal(await blank.count(), 0);
        await figure.getByRole('button', { name: 'Play or Pause: Steps of training' }).click();
        await figure.locator('.summary', { hasText: /^After [1-4]?\d{1,2} steps/ }).waitFor();
        assert.ok(await blank.count() > 0);
        await figure.locator('.summary', { hasText: 'After 500 steps' }).waitFor();
        const shown = (await rows(figure)).slice(0, 9).map(row => [row[0], row[4], row[5]]);
        assert.deepEqual(shown, trained.map(line => [line[0].replace('layer0.', ''), line[2], line[3]]));
    });
});

test('a film without motion goes to its end at once', async () => {
    await open(LESSON, { reducedMotion: 'reduce' }, async page => {
        const figure = await widget(page, 'parameters');
        await figure.getByRole('button', { name: 'Play or Pause: Steps of training' }).click();
        await figure.locator('.summary', { hasText: 'After 500 steps' }).waitFor();
    });
});

test('what the mouse points at is read out, and nothing is picked by that', async () => {
    await open(LESSON + '?step=1', {}, async page => {
        const figure = await widget(page, 'parameters');
        const over = figure.locator('.over');
        const row = figure.locator('rect[data-set="matrix=layer0.mlp_fc2&row=3"]');
        const { width } = await row.boundingBox();
        for (const col of [0, 40, 63]) {
            await row.hover({ position: { x: (col + 0.5) * width / 64, y: 1 } });
            await over.locator(`text=layer0.mlp_fc2[3][${col}]`).waitFor();
        }
        const said = await over.innerText();
        assert.match(said, / has the value \S+ and had the gradient \S+ in step 1\.$/);
        assert.equal(await figure.locator('.picked code').innerText(), 'wte[0][0]');
        await row.click({ position: { x: 63.5 * width / 64, y: 1 } });
        await figure.locator('.picked code', { hasText: 'layer0.mlp_fc2[3][63]' }).waitFor();
        assert.equal(await figure.locator('.picked').innerText(), said);
        assert.equal(new URL(page.url()).search.includes('over'), false);
        await page.mouse.move(2, 2);
        await over.getByText('Point at a square').waitFor();
    });
});

test('a click on an entry picks it, also one beyond the end of the matrix before', async () => {
    await open(LESSON, {}, async page => {
        const figure = await widget(page, 'parameters');
        await figure.locator('rect[data-set="matrix=layer0.mlp_fc1&row=50"]').click({ position: { x: 2, y: 1 } });
        const name = figure.locator('.picked code');
        await page.waitForFunction(() => document.querySelector('.picked code').textContent === 'layer0.mlp_fc1[50][0]');
        assert.equal(await figure.getByRole('slider', { name: 'Row' }).inputValue(), '50');
        assert.equal(await figure.getByRole('slider', { name: 'Row' }).getAttribute('max'), '63');
        await figure.locator('.vector li').nth(7).click();
        await page.waitForFunction(() => document.querySelector('.picked code').textContent.endsWith('[50][7]'));
        await page.waitForURL('**?matrix=layer0.mlp_fc1&row=50&col=7');
        assert.equal(await figure.locator('.vector .chosen').count(), 1);
        // A shorter matrix has no such row: its last one counts.
        await figure.getByRole('combobox', { name: 'Matrix' }).selectOption('wpe');
        await page.waitForFunction(() => document.querySelector('.picked code').textContent === 'wpe[7][7]');
        assert.equal(await name.count(), 1);
    });
});

test('the keyboard comes to the gradients of a step and to each parameter', async () => {
    await open(LESSON, {}, async page => {
        const figure = await widget(page, 'parameters');
        await figure.getByRole('slider', { name: 'Steps of training' }).focus();
        await page.keyboard.press('ArrowRight');
        await figure.getByRole('combobox', { name: 'Show' }).focus();
        await page.keyboard.press('ArrowDown');
        await figure.locator('.summary', { hasText: 'In step 1: 2,128 of 4,064 gradients are exactly 0.' }).waitFor();
        await figure.getByRole('slider', { name: 'Row' }).focus();
        await page.keyboard.press('ArrowRight');
        await figure.getByRole('slider', { name: 'Column' }).focus();
        await page.keyboard.press('End');
        await page.waitForFunction(() => document.querySelector('.picked code').textContent === 'wte[1][15]');
        const zeros = (await block('03_parameters_are_knowledge', 'gradients of the first two steps')).slice(2, 12);
        assert.deepEqual((await rows(figure)).map(row => row[3].replace(',', '')), zeros.map(line => line[2]));
    });
});

test('an address restores its state', async () => {
    await open(LESSON + '?step=500&matrix=layer0.mlp_fc2&row=3&col=40', {}, async page => {
        const figure = await widget(page, 'parameters');
        await page.waitForFunction(() => document.querySelector('.picked code').textContent === 'layer0.mlp_fc2[3][40]');
        assert.equal(await figure.getByRole('slider', { name: 'Column' }).inputValue(), '40');
        await figure.locator('.summary', { hasText: 'After 500 steps' }).waitFor();
    });
});

test('the number of parameters follows the sizes, and sizes that do not fit are a message', async () => {
    await open(LESSON, {}, async page => {
        const figure = await widget(page, 'count');
        assert.equal((await rows(figure)).at(-1)[2], '4,064');
        await figure.getByRole('slider', { name: 'n_embd' }).focus();
        await page.keyboard.press('ArrowRight');
        await figure.locator('.summary', { hasText: '14,272 parameters' }).waitFor();
        // Four times the area of microgpt.py's matrix, which is dashed in it, where both sides have doubled.
        const side = name => figure.locator('.drawing g', { hasText: 'layer0.mlp_fc1' }).locator(name)
            .evaluate(square => Number(square.getAttribute('width')));
        assert.equal(await side('.bar'), 2 * await side('.before'));
        await figure.getByRole('slider', { name: 'n_head' }).focus();
        await page.keyboard.press('End');
        await figure.locator('.summary', { hasText: 'head_dim = 32 // 8 = 4' }).waitFor();
        assert.equal((await rows(figure)).at(-1)[2], '14,272');
        await figure.getByRole('slider', { name: 'n_embd' }).focus();
        await page.keyboard.press('Home');
        await figure.locator('.problem', { hasText: 'n_embd 4 cannot be divided among n_head 8 heads' }).waitFor();
        await figure.getByRole('button', { name: 'Reset' }).click();
        await figure.locator('.summary', { hasText: '4,064 parameters' }).waitFor();
    });
});
