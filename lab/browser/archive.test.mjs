// The archive as its reader has it: unpacked, opened as files, without a network.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { close, widget } from './site.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let work, folder, browser;

before(async () => {
    work = await mkdtemp(join(tmpdir(), 'archive-'));
    const zip = join(work, 'course.zip');
    await run('cargo', ['book', 'zip', '--out', zip], { cwd: root });
    await run('unzip', ['-q', zip, '-d', work]);
    folder = join(work, 'microgpt');
    browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'],
    });
});

after(async () => {
    await browser?.close();
    await close();
    await rm(work, { recursive: true, force: true });
});

/** Opens a page of the archive as a file, with the network cut; fails when the browser complains or asks for more. */
async function open(path, read) {
    const context = await browser.newContext({ offline: true, viewport: { width: 1200, height: 900 } });
    const page = await context.newPage();
    const complaints = [];
    page.on('console', message => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', error => complaints.push(error.message));
    page.on('request', request => {
        if (!/^(file|data|blob):/.test(request.url())) complaints.push(`asked ${request.url()}`);
    });
    try {
        await page.goto(pathToFileURL(join(folder, path)).href);
        await read(page);
        assert.deepEqual(complaints, [], path);
    } finally {
        await context.close();
    }
}

test('the first page trains, in its own fonts', async () => {
    await open('index.html', async page => {
        const figure = await widget(page, 'curve');
        await figure.getByRole('button', { name: '+1' }).click();
        await figure.locator('form .summary', { hasText: 'After 1 of 500' }).waitFor();
        await page.waitForURL(/\?step=1$/);
        const fonts = await page.evaluate(() =>
            document.fonts.ready.then(fonts => [...fonts].filter(({ status }) => status === 'error').map(({ family }) => family)));
        assert.deepEqual(fonts, []);
    });
});

test('a lesson judges its checkpoint, remembers it, and leads on; the search finds', async () => {
    await open('01-data-and-tokenization/02-the-bos-token.html', async page => {
        const checkpoint = page.locator('section.checkpoint').first();
        await checkpoint.getByRole('textbox').fill('7');
        await checkpoint.getByRole('button', { name: 'Check' }).click();
        await checkpoint.locator('.feedback', { hasText: 'Right.' }).waitFor();
        await page.reload();
        await checkpoint.locator('.feedback', { hasText: 'Passed.' }).waitFor();
        await page.locator('#mdbook-search-toggle').click();
        await page.locator('#mdbook-searchbar').pressSequentially('softmax');
        await page.locator('#mdbook-searchresults a').first().waitFor();
        await page.locator('#mdbook-searchbar').press('Escape');
        await page.locator('.ways a[rel="next"]').click();
        await page.waitForURL(/02-calculus-and-autograd\/00-/);
    });
});

test('every page opens without a complaint, and its first widget lives', async () => {
    const pages = (await readdir(folder, { recursive: true })).filter(file => file.endsWith('.html') && !/^(print|toc|404)\.html$/.test(file));
    assert.ok(pages.length > 35, `${pages.length} pages`);
    for (const path of pages) {
        const living = /<figure class="lab"><microgpt-([\w-]+)/.exec(await readFile(join(folder, path), 'utf8'));
        await open(path, async page => {
            if (living) await widget(page, living[1]);
        });
    }
});
