// Attention, in lessons 3.5 and 3.6, and the forward pass, in lessons 3.7 to 3.9.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { close, open, widget } from './site.mjs';

const LESSON_3_5 = '03-the-architecture/05-attention.html';
const LESSON_3_6 = '03-the-architecture/06-multi-head-attention.html';
const LESSON_3_8 = '03-the-architecture/08-the-mlp-block.html';
const LESSON_3_9 = '03-the-architecture/09-the-full-gpt-function.html';

after(close);

/** The rows of a block of a lesson's output, each a list of words. */
async function block(example, label) {
    const text = await readFile(new URL(`../../examples/${example}.txt`, import.meta.url), 'utf8');
    const found = text.split('--- ').find(block => block.startsWith(`${label} ---`));
    return found.split('\n').slice(1).filter(Boolean).map(line => line.trim().split(/\s+/));
}

/** The rows of a table whose caption begins like this, in the same manner. */
const rows = async (figure, caption) => {
    const table = figure.locator('table').filter({ has: figure.page().locator('caption', { hasText: caption }) }).first();
    const lines = await table.locator('tbody tr').evaluateAll(rows => rows.map(row => [...row.cells].map(cell => cell.textContent).join(' ')));
    return lines.map(line => line.replaceAll('−', '-').trim().split(/\s+/));
};

/** Moves a slider by keys. */
async function press(page, figure, label, key, times = 1) {
    await figure.getByRole('slider', { name: label }).focus();
    for (let i = 0; i < times; i++) await page.keyboard.press(key);
}

const says = (figure, text) => figure.locator('.summary', { hasText: text }).waitFor();

test('attention computes the lesson\'s numbers before and after the scripts run', async () => {
    const softmax = (await block('lesson_03_attention', 'weights of position 4')).slice(1, 6);
    for (const javaScriptEnabled of [false, true]) {
        await open(LESSON_3_5, { javaScriptEnabled }, async page => {
            const figure = page.locator('microgpt-attention');
            if (javaScriptEnabled) await widget(page, 'attention');
            assert.deepEqual((await rows(figure, 'Line 130')).slice(0, 5), softmax);
            assert.equal(await figure.locator('.without').isVisible(), !javaScriptEnabled);
        });
    }
});

test('a click on an arc, a letter, a head, and a drag choose what is calculated, and nothing moves', async () => {
    for (const width of [1280, 390]) {
        await open(LESSON_3_5, { width }, async page => {
            const figure = await widget(page, 'attention');
            const height = (await figure.boundingBox()).height;
            const press = async (set, summary) => {
                await figure.locator(`[data-set="${set}"] .near`).last().click();
                await says(figure, summary);
                assert.equal((await figure.boundingBox()).height, height, set);
            };
            await press('looked-at=3', 'Head 0: position 4 a gives 3 n the weight 0.1040.');
            await press('position=2&looked-at=2', 'Head 0: position 2 n gives 2 n the weight');
            await figure.locator('[data-set="head=3"]').click();
            await says(figure, 'Head 3: position 2 n gives 2 n');
            await page.waitForURL('**?*head=3*');
            const place = async t => {
                const { x, y, width } = await figure.locator(`[data-set^="position=${t}&"] .near`).boundingBox();
                return [x + width / 2, y + 8];
            };
            await page.mouse.move(...await place(2));
            await page.mouse.down();
            await page.mouse.move(...await place(4), { steps: 4 });
            await page.mouse.up();
            await says(figure, 'Head 3: position 4 a gives 2 n');
            // A drag that began elsewhere passes.
            await page.mouse.move((await place(0))[0], (await place(0))[1] - 60);
            await page.mouse.down();
            await page.mouse.move(...await place(1), { steps: 4 });
            await page.mouse.up();
            assert.match(await figure.locator('.summary').innerText(), /^Head 3: position 4 a/);
            await figure.getByRole('button', { name: 'Reset' }).click();
            await says(figure, 'Head 0: position 4 a gives 1 a');
            assert.equal((await figure.boundingBox()).height, height);
        });
    }
});

test('a click on a cell and the keys lead to the same weight, kept in the address', async () => {
    const [, bos, a] = await block('lesson_03_attention', 'weighted sum of position 4');
    await open(LESSON_3_5, {}, async page => {
        const figure = await widget(page, 'attention');
        await figure.getByText('All weights').click();
        await figure.locator('[data-set="head=0&position=4&looked-at=0"]').click();
        await says(figure, `Head 0: position 4 a gives 0 BOS the weight ${bos[2]}.`);
        assert.equal(await figure.getByRole('slider', { name: 'Position looked at' }).inputValue(), '0');
        await press(page, figure, 'Position looked at', 'ArrowRight');
        await says(figure, `gives 1 a the weight ${a[2]}.`);
        await figure.locator('[data-set="head=3&position=2&looked-at=1"]').click();
        await says(figure, 'Head 3: position 2 n gives 1 a the weight 0.33');
        await page.waitForURL('**?head=3&position=2');
        await press(page, figure, 'Position looked at', 'End');
        await says(figure, 'Position 2 n gives no weight to 4 a, which comes later.');
        await figure.getByText('not yet computed').waitFor();
    });
    await open(LESSON_3_5 + '?head=3&position=2', {}, async page => {
        await says(await widget(page, 'attention'), 'Head 3: position 2 n gives 1 a the weight 0.33');
    });
});

test('the boxes switch off the division and the training', async () => {
    const without = (await block('lesson_03_attention', 'without the root')).pop().slice(2);
    const before = (await block('lesson_03_attention', 'weights of head 0 before training')).pop().slice(2);
    await open(LESSON_3_5, {}, async page => {
        const figure = await widget(page, 'attention');
        const weights = async () => (await rows(figure, 'Line 130')).slice(0, 5).map(row => row[5]);
        await figure.getByRole('checkbox', { name: 'without division' }).focus();
        await page.keyboard.press('Space');
        await says(figure, `the weight ${without[1]}.`);
        assert.deepEqual(await weights(), without);
        await page.keyboard.press('Space');
        await figure.getByRole('checkbox', { name: 'before training' }).click();
        await says(figure, `the weight ${before[1]}.`);
        assert.deepEqual(await weights(), before);
    });
});

test('the heads are joined and mixed as in lesson 3.6', async () => {
    const joined = (await block('lesson_03_multi_head_attention', 'joined')).slice(1);
    const sum = (await block('lesson_03_multi_head_attention', 'mixed')).pop().slice(1);
    await open(LESSON_3_6, {}, async page => {
        const figure = await widget(page, 'attention');
        assert.deepEqual(await rows(figure, 'Line 132'), joined);
        assert.deepEqual((await rows(figure, 'Line 133')).slice(0, 4).map(row => row[5]), sum);
        await figure.getByText('The weight in numbers').click();
        await says(figure, 'Head 2: position 4 a gives 1 a');
        assert.ok(await figure.getByText('Line 129').isVisible());
        assert.equal(await figure.getByText('Line 133').isVisible(), false);
        await press(page, figure, 'Head', 'ArrowLeft');
        await says(figure, 'Head 1:');
        assert.ok(await figure.getByText('Line 129').isVisible()); // stays open
    });
});

test('names that are too long, too short or no names', async () => {
    await open(LESSON_3_5, {}, async page => {
        const figure = await widget(page, 'attention');
        const name = figure.getByRole('textbox', { name: 'Name' });
        for (const [typed, message] of [
            ['', 'Type a name'], ['Anna', "the character 'A'"], ['4', "the character '4'"], ['🦀', "the character '🦀'"],
            ['a'.repeat(10_000), '10,000 characters'],
        ]) {
            await name.fill(typed);
            await figure.locator('.problem', { hasText: message }).waitFor();
            assert.equal(await figure.locator('.maps table').count(), 4);
        }
        await name.fill('bo');
        await says(figure, 'Head 0: position 2 o gives 1 b');
        assert.equal(await figure.getByRole('slider', { name: 'Position that looks' }).getAttribute('max'), '2');
        await name.fill('maximiliana');
        await says(figure, 'position 4');
        assert.equal(await figure.getByRole('slider', { name: 'Position that looks' }).getAttribute('max'), '7');
    });
});

test('the stages show the vectors of the lesson beside the marked lines', async () => {
    const call = await block('lesson_03_the_full_gpt_function', 'one whole call');
    const python = (await readFile(new URL('../../microgpt.py', import.meta.url), 'utf8')).split('\n');
    const first = line => call.findLast(row => row[0] === line).slice(3, 7);
    await open(LESSON_3_9, { width: 1600 }, async page => {
        const figure = await widget(page, 'forward');
        const lines = () => figure.locator('.excerpt li').evaluateAll(items =>
            items.map(item => [item.value, item.textContent]));
        const last = async () => (await figure.locator('.vector').last().locator('li').allTextContents())
            .map(number => number.replaceAll('−', '-'));
        // A click on a strip of the map leads to its stage, and its stage alone is lit.
        for (const [stage, line] of [[1, 109], [3, 111], [4, 112], [6, 117], [14, 133], [15, 134], [18, 138], [20, 140], [21, 141]]) {
            await figure.locator(`.drawing [data-set="stage=${stage}"] > .frame`).first().click();
            await says(figure, `Line ${line}:`);
            assert.deepEqual((await last()).slice(0, 4), first(String(line)), line);
            assert.deepEqual(await figure.locator('.lit').evaluateAll(items => items.map(item => item.dataset.set)), [`stage=${stage}`]);
            assert.deepEqual(await figure.locator('[aria-current="step"]').evaluateAll(items => items.map(item => item.value)), [line]);
            const shown = await lines();
            assert.equal(shown.length, 7);
            for (const [number, text] of shown) assert.equal(text, python[number - 1]);
        }
        await figure.locator('.excerpt [value="139"]').click();
        await says(figure, 'Line 139:');
        await figure.locator('.drawing .road').getByText('x_residual').first().click();
        await says(figure, 'Line 116:');
        await figure.locator('.drawing [data-set="position=2"] text').click();
        await figure.getByText('token n at position 2').waitFor();
        await figure.locator('.drawing [data-set="position=4"] text').click();
        await figure.getByText('token a at position 4').waitFor();
        await press(page, figure, 'Stage', 'End');
        await says(figure, 'Line 166:');
        assert.deepEqual((await rows(figure, 'The likeliest'))[1], ['BOS', '(target)', '1.8196', '0.2731']);
        await page.waitForURL('**?stage=23');
        await figure.getByRole('button', { name: '−1: Stage' }).click();
        await says(figure, 'Lines 143–144:');
        await figure.getByRole('button', { name: 'Reset' }).click();
        await says(figure, 'Line 108:');
    });
});

test('played, the stages go to the last one', async () => {
    await open(LESSON_3_9 + '?stage=21', {}, async page => {
        const figure = await widget(page, 'forward');
        await says(figure, 'Line 141:');
        await figure.getByRole('button', { name: 'Play or Pause: Stage' }).click();
        await says(figure, 'Line 166:');
        await figure.getByRole('button', { name: 'Play or Pause: Stage' }).filter({ hasText: 'Play' }).waitFor();
    });
});

test('on a telephone map and lines fit', async () => {
    await open(LESSON_3_9 + '?stage=10', { width: 360 }, async page => {
        const figure = await widget(page, 'forward');
        await says(figure, 'Line 129:');
        const shown = figure.locator('.excerpt li').filter({ visible: true });
        assert.deepEqual(await shown.evaluateAll(items => items.map(item => item.value)),
            [126, 127, 128, 129, 130, 131, 132]);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    });
});

test('the silent neurons of lesson 3.8', async () => {
    const [, , before, after] = await block('lesson_03_the_mlp_block', 'silent neurons of anna');
    await open(LESSON_3_8, {}, async page => {
        const figure = await widget(page, 'forward');
        const zeros = number => figure.getByText(`, ${number} exactly 0`).first().waitFor();
        for (const number of after.slice(1).reverse()) {
            await zeros(number);
            await press(page, figure, 'Position', 'ArrowLeft');
        }
        await figure.getByRole('checkbox', { name: 'before training' }).click();
        await zeros(before[1]);
    });
});
