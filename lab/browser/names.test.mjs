// Your own names: a list, what is learnt from it, and its weights as a file.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { close, open, origin, widget } from './site.mjs';

const PAGE = 'beyond/your-own-names.html';

const folder = await mkdtemp(join(tmpdir(), 'names-'));

after(async () => {
    await rm(folder, { recursive: true });
    await close();
});

const list = figure => figure.getByRole('textbox', { name: 'Your list' });
const says = (figure, hasText) => figure.locator('form .summary', { hasText }).waitFor();
const samples = figure => figure.locator('form ol.samples li').allTextContents();

/** Moves a slider. */
const set = (figure, name, value) => figure.locator(`[name="${name}"]`).evaluate((slider, value) => {
    slider.value = value;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
}, value);

/**
 * Chooses a file on the disk, as a reader does: again under the same name when it was edited. 32 MiB sent to the browser
 * as text take over 30 s on a busy machine.
 */
async function choose(page, label, name, content) {
    const path = join(folder, name);
    await writeFile(path, content);
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByLabel(label).click()]);
    await chooser.setFiles(path);
}

test('a pasted list is understood, learnt and written, and is in no address', async () => {
    await open(PAGE, {}, async page => {
        const figure = await widget(page, 'names');
        await says(figure, '45 documents of 46 different characters');
        await list(figure).fill('\u{feff}Oslo\nRome\nOslo\nשלום\n');
        await says(figure, '4 documents of 11 different characters; the longest has 4: Oslo. Nothing is learnt yet');
        assert.match(await figure.locator('form .notes').innerText(), /byte order mark[^]*1 document stood there before/);
        await set(figure, 'step', '1000');
        await says(figure, 'After 1000 of 1000 steps');
        assert.ok((await samples(figure)).some(text => text.includes('Oslo')));
        await figure.getByRole('textbox', { name: 'Beginning' }).fill('R');
        await page.waitForURL('**begin=R**');
        await figure.locator('form ol.samples li', { hasText: /^R/ }).nth(19).waitFor();
        assert.ok(!decodeURIComponent(page.url()).includes('Oslo'));
        // Another size: the curve of the run before stays.
        await set(figure, 'width', '0');
        await figure.locator('form .key li', { hasText: 'the run before: width 16' }).waitFor();
    });
});

test('what is no list is refused with a reason, and the last figure stays', async () => {
    await open(PAGE, {}, async page => {
        const figure = await widget(page, 'names');
        for (const [content, said] of [
            [Buffer.from([0x7a, 0x6f, 0xeb]), 'is not UTF-8 text: byte 2'],
            ['a\0b', 'is no text: byte 1 is 0'],
            [' \n', 'holds no document'],
            [Buffer.alloc((32 << 20) + 1, 'a'), 'longer than 32 MiB'],
        ]) {
            await choose(page, 'Or a text file', 'list.txt', content);
            await figure.locator('form > .problem', { hasText: said }).waitFor();
            assert.equal(await figure.locator('form ol.samples li').count(), 20);
        }
        // Ten megabytes are a list.
        await choose(page, 'Or a text file', 'list.txt', 'name\nother\n'.repeat(1_000_000));
        await says(figure, '2000000 documents of');
        assert.equal(await figure.locator('form > .problem').textContent(), '');
    });
});

test('weights are saved, and loaded again into a page that is new', async () => {
    let file;
    let written;
    await open(PAGE, { acceptDownloads: true }, async page => {
        const figure = await widget(page, 'names');
        await list(figure).fill('anna\nhanna\nzoë\n"a\\b"\n');
        await says(figure, '4 documents');
        await set(figure, 'step', '500');
        await says(figure, 'After 500 of 1000 steps');
        written = await samples(figure);
        const [download] = await Promise.all([
            page.waitForEvent('download'), figure.getByRole('button', { name: 'Save the weights' }).click(),
        ]);
        assert.equal(download.suggestedFilename(), 'names.safetensors');
        file = await readFile(await download.path());
    });
    await open(PAGE, {}, async page => {
        const figure = await widget(page, 'names');
        await list(figure).fill('anna\nhanna\nzoë\n"a\\b"\n');
        await says(figure, '4 documents');
        const wrong = figure.locator('.own .problem');
        const inUse = figure.locator('.own .in-use');
        for (const [buffer, said] of [
            [Buffer.from('no weights'), 'not in the safetensors format'],
            [file.subarray(0, 100), 'not in the safetensors format'],
            [file.subarray(0, -8), 'it has no whole tensor'],
            [Buffer.alloc(100, 255), 'not in the safetensors format'],
        ]) {
            await choose(page, 'Weights to load', 'x.safetensors', buffer);
            await wrong.filter({ hasText: said }).waitFor();
            assert.ok(await inUse.isHidden());
        }
        await choose(page, 'Weights to load', 'x.safetensors', file);
        await inUse.filter({ hasText: 'Weights in use: x.safetensors' }).waitFor();
        await says(figure, 'The weights are those of the file');
        assert.equal(await wrong.textContent(), '');
        assert.deepEqual(await samples(figure), written);
        // What is refused takes nothing away.
        await choose(page, 'Weights to load', 'y.safetensors', Buffer.from('no weights'));
        await wrong.filter({ hasText: 'not in the safetensors format' }).waitFor();
        assert.match(await inUse.innerText(), /x\.safetensors/);
        await figure.getByRole('button', { name: 'Put them away' }).click();
        await says(figure, 'Nothing is learnt yet');
        assert.ok(await inUse.isHidden());
        assert.equal(await wrong.textContent(), '');
    });
});

test('nothing of the list is kept or sent', async () => {
    await open(PAGE, {}, async page => {
        const figure = await widget(page, 'names');
        await page.waitForLoadState('networkidle');
        const asked = [];
        page.on('request', request => asked.push(request.url()));
        await list(figure).fill('Secret\n');
        await says(figure, '1 document of');
        await set(figure, 'step', '100');
        await says(figure, 'After 100');
        // Chromium asks for the page's icon when it likes.
        assert.deepEqual(asked.filter(url => !url.startsWith('data:') && url !== `${origin}favicon.svg`), []);
        const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
        assert.ok(!kept.includes('Secret'));
    });
});
