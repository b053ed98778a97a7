// The pages without a network, after one visit; and two versions of them, one after the other.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { close, pages, widget } from './site.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const LESSON = '01-data-and-tokenization/02-the-bos-token.html';
const LATER = '04-training/05-the-training-loop.html';
const TYPES = {
    '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml',
    '.wasm': 'application/wasm', '.woff2': 'font/woff2', '.webmanifest': 'application/manifest+json',
};

let work, newer, browser, server, origin;
/** Which folder has a file that is asked for. */
let folderOf = () => pages;

before(async () => {
    // Another version: each of its pages has another description.
    work = await mkdtemp(join(tmpdir(), 'offline-'));
    newer = join(work, 'book');
    const env = { ...process.env, MDBOOK_BUILD__BUILD_DIR: newer, MDBOOK_BOOK__DESCRIPTION: 'Newer.' };
    await run('cargo', ['book', 'build'], { cwd: root, env });
    server = createServer(async ({ url }, response) => {
        const path = normalize(decodeURIComponent(new URL(url, 'http://x').pathname).replace(/^\/course\//, ''));
        try {
            const body = await readFile(join(folderOf(path), path === '/' || path === '.' ? 'index.html' : path));
            response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/html' }).end(body);
        } catch {
            response.writeHead(404).end();
        }
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${server.address().port}/course/`;
    browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'],
    });
});

after(async () => {
    await browser?.close();
    server?.close();
    await close();
    await rm(work, { recursive: true, force: true });
});

/** Visits the title page with a browser that keeps nothing yet, waits until it keeps all, and goes on. */
async function visit(read) {
    folderOf = () => pages;
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
    const page = await context.newPage();
    const errors = [];
    page.on('pageerror', error => errors.push(error.message));
    try {
        await page.goto(`${origin}title.html`);
        await kept(page);
        await read(page, context);
        assert.deepEqual(errors, []);
    } finally {
        await context.close();
    }
}

const kept = page => page.locator('.kept', { hasText: 'kept on this device, all of it' }).waitFor({ timeout: 60_000 });
const described = page => page.locator('meta[name="description"]').getAttribute('content');
const caches = page => page.evaluate(async () => (await window.caches.keys()).length);

test('what cannot be kept is said, and can be tried again', async () => {
    const context = await browser.newContext();
    try {
        const page = await context.newPage();
        folderOf = path => path === 'explorer.html' ? '/nowhere' : pages;
        await page.goto(`${origin}title.html`);
        await page.locator('.kept', { hasText: 'could not be kept on this device' }).waitFor({ timeout: 60_000 });
        folderOf = () => pages;
        await page.getByRole('button', { name: 'Try again' }).click();
        await kept(page);
    } finally {
        await context.close();
    }
});

test('after one visit every page is there without a network, living', async () => {
    await visit(async (page, context) => {
        await context.setOffline(true);
        folderOf = () => '/nowhere';
        await page.goto(origin + LESSON);
        const figure = await widget(page, 'tokenizer');
        await figure.getByRole('textbox', { name: 'Name' }).fill('ben');
        await figure.locator('.summary', { hasText: 'ben: 5 tokens' }).waitFor();
        await page.locator('#mdbook-search-toggle').click();
        await page.locator('#mdbook-searchbar').pressSequentially('softmax');
        await page.locator('#mdbook-searchresults a').first().waitFor();
        for (const path of ['', 'title', `${LATER}?step=5`, 'print.html']) {
            assert.equal((await page.goto(origin + path)).status(), 200, path);
        }
    });
});

test('a newer version comes whole, when the reader wants it, and in all windows', async () => {
    await visit(async (page, context) => {
        const other = await context.newPage();
        await other.goto(origin + LESSON);
        const before = await described(other);
        folderOf = () => newer;
        await page.goto(`${origin}title.html`);
        const offer = page.locator('.newer');
        await offer.getByRole('button', { name: 'Show it' }).waitFor({ timeout: 60_000 });
        // Until then all is old, also what an open page loads only now.
        assert.equal(await described(page), before);
        await widget(other, 'tokenizer');
        await page.reload();
        assert.equal(await described(page), before);
        const all = Promise.all([page, other].map(each => each.waitForEvent('load')));
        await offer.getByRole('button', { name: 'Show it' }).click();
        await all;
        for (const each of [page, other]) assert.equal(await described(each), 'Newer.');
        await page.goto(origin + LATER);
        assert.equal(await described(page), 'Newer.');
        assert.equal(await caches(page), 1);
        assert.equal(await page.locator('.newer').count(), 0);
    });
});

test('two versions are never mixed', async () => {
    await visit(async page => {
        const before = await described(page);
        // A server that still has one old page.
        folderOf = path => path === LATER ? pages : newer;
        const failed = page.evaluate(() => new Promise(resolve => {
            navigator.serviceWorker.ready.then(registration => {
                registration.addEventListener('updatefound', () => {
                    const { installing } = registration;
                    installing?.addEventListener('statechange', () => resolve(installing.state));
                });
                registration.update();
            });
        }));
        assert.equal(await failed, 'redundant');
        await page.goto(origin + LATER);
        assert.equal(await described(page), before);
        assert.equal(await caches(page), 1);
        assert.equal(await page.locator('.newer').count(), 0);
    });
});

test('what is kept can be forgotten, and kept again', async () => {
    await visit(async page => {
        await page.evaluate(() => localStorage.setItem('microgpt-progress', '{}'));
        page.on('dialog', dialog => dialog.accept());
        const forgotten = page.waitForEvent('load');
        await page.getByRole('button', { name: 'Forget everything' }).click();
        await forgotten;
        const again = page.getByRole('button', { name: 'Keep all of it' });
        await again.waitFor();
        assert.equal(await caches(page), 0);
        assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
        assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter(key => key.startsWith('microgpt'))), ['microgpt-offline']);
        await page.goto(`${origin}${LESSON}`);
        await page.goto(`${origin}title.html`);
        await again.click();
        await kept(page);
        assert.equal(await caches(page), 1);
    });
});
