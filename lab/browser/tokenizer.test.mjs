// The tokenizer, in lessons 1.1 and 1.2.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { close, open, widget } from './site.mjs';

const LESSON_1_1 = '01-data-and-tokenization/01-characters-as-numbers.html';
const LESSON_1_2 = '01-data-and-tokenization/02-the-bos-token.html';

after(close);

const rows = figure => figure.locator('tbody tr').evaluateAll(rows => rows.map(row => row.innerText.split('\t')));

test('it shows the lesson\'s table before and after the scripts run', async () => {
    const table = [
        ['0', 'BOS', '26', 'a', '0', 'yes'], ['1', 'a', '0', 'n', '13', 'yes'], ['2', 'n', '13', 'n', '13', 'yes'],
        ['3', 'n', '13', 'a', '0', 'yes'], ['4', 'a', '0', 'BOS', '26', 'yes'],
    ];
    for (const javaScriptEnabled of [false, true]) {
        await open(LESSON_1_2, { javaScriptEnabled }, async page => {
            const figure = page.locator('microgpt-tokenizer');
            if (javaScriptEnabled) await widget(page, 'tokenizer');
            assert.deepEqual(await rows(figure), table);
            assert.equal(await figure.locator('.without').isVisible(), !javaScriptEnabled);
            assert.equal(await figure.locator('fieldset').isVisible(), javaScriptEnabled);
        });
    }
});

test('typing a name shows its predictions, the cut, and the name in the address', async () => {
    await open(LESSON_1_2, {}, async page => {
        const figure = await widget(page, 'tokenizer');
        await figure.getByRole('textbox', { name: 'Name' }).focus();
        await page.keyboard.press('ControlOrMeta+a');
        await page.keyboard.type('maximiliana');
        await figure.locator('.summary', { hasText: 'maximiliana: 13 tokens, 12 predictions' }).waitFor();
        assert.equal(await figure.locator('tr.cut').count(), 4);
        await page.waitForURL('**?name=maximiliana');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter'); // Reset
        await figure.locator('.summary', { hasText: 'anna: 6 tokens' }).waitFor();
        await page.waitForURL(url => url.search === '');
    });
});

test('an address restores its state, in the next lesson too', async () => {
    await open(LESSON_1_2 + '?name=zoe', {}, async page => {
        const figure = await widget(page, 'tokenizer');
        await figure.locator('.summary', { hasText: 'zoe: 5 tokens, 4 predictions' }).waitFor();
        assert.equal(await figure.getByRole('textbox', { name: 'Name' }).inputValue(), 'zoe');
    });
    await open(LESSON_1_1 + '?name=zoe', {}, async page => {
        const figure = await widget(page, 'tokenizer');
        await figure.locator('.summary', { hasText: 'encode zoe → [25, 14, 4]' }).waitFor();
        assert.equal(await figure.locator('.vocabulary .used').count(), 3);
    });
});

test('wrong input gets a message at the control, and the last figure stays', async () => {
    await open(LESSON_1_2, {}, async page => {
        const figure = await widget(page, 'tokenizer');
        const name = figure.getByRole('textbox', { name: 'Name' });
        for (const [typed, message] of [
            ['', 'Type a name'],
            ['Anna', "the character 'A' of \"Anna\""],
            ['r2d2', "the character '2'"],
            ['anna 🦀', "the character ' '"],
            ['🦀', "the character '🦀'"],
            ['<b>&', "the character '<'"],
            ['a'.repeat(10_000), '10,000 characters'],
        ]) {
            await name.fill(typed);
            await figure.locator('.problem', { hasText: message }).waitFor();
            assert.equal(await name.getAttribute('aria-invalid'), 'true');
            assert.equal((await rows(figure)).length, 5);
        }
        await name.fill('ben');
        await figure.locator('.summary', { hasText: 'ben: 5 tokens' }).waitFor();
        assert.equal((await figure.locator('.problem').allTextContents()).join(''), '');
        assert.equal(await name.getAttribute('aria-invalid'), null);
    });
});

test('without the WebAssembly the figure stays, with a sentence', async () => {
    await open(LESSON_1_2, { complains: true }, async page => {
        await page.route('**/*.wasm', route => route.abort());
        await page.locator('microgpt-tokenizer').scrollIntoViewIfNeeded();
        await page.locator('microgpt-tokenizer[data-failed]').waitFor();
        assert.equal((await rows(page.locator('microgpt-tokenizer'))).length, 5);
    });
});

test('it works when the network is cut after it was loaded', async () => {
    await open(LESSON_1_2, {}, async page => {
        const figure = await widget(page, 'tokenizer');
        await page.context().setOffline(true);
        await figure.getByRole('textbox', { name: 'Name' }).fill('ben');
        await figure.locator('.summary', { hasText: 'ben: 5 tokens' }).waitFor();
    });
});
