// The built book behind a plain file server, and a browser to read it with.

import { createServer } from 'node:http';
import { readFile, readdir } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** The folder of the built book. */
export const pages = process.env.BOOK ?? fileURLToPath(new URL('../../target/book', import.meta.url));

const TYPES = {
    '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml',
    '.wasm': 'application/wasm', '.woff2': 'font/woff2',
};

/** Asks for a page that arrives slowly: in so many pieces, with so many milliseconds between them. */
const SLOWLY = '?slowly';
const [PIECES, PAUSE] = [30, 20];

const server = createServer(async ({ url }, response) => {
    const { pathname, search } = new URL(url, 'http://x');
    const path = decodeURIComponent(pathname);
    try {
        const body = await readFile(join(pages, normalize(path.endsWith('/') ? path + 'index.html' : path)));
        const type = TYPES[extname(path)] ?? 'text/html';
        response.writeHead(200, { 'content-type': type });
        const pieces = search === SLOWLY ? PIECES : 1;
        for (let piece = 1; piece <= pieces; piece += 1) {
            if (piece > 1) await setTimeout(PAUSE);
            response.write(body.subarray(body.length * (piece - 1) / pieces, body.length * piece / pieces));
        }
        response.end();
    } catch {
        response.writeHead(404).end();
    }
});
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
export const origin = `http://127.0.0.1:${server.address().port}/`;

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
        '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
});

/** Closes everything; for `after`. */
export async function close() {
    await browser.close();
    server.close();
}

/**
 * Opens a page of the book, gives it to `read`, and fails if the browser complained about anything or asked
 * another host. `options` are those of a browser context; `dark` and `width` are shorter to write; `slowly` the
 * page arrives in pieces; with `complains` the browser has reason to complain. No page is kept for a next one.
 */
export async function open(path, { dark = false, width = 1200, slowly = false, complains = false, ...options }, read) {
    const context = await browser.newContext({
        viewport: { width, height: 900 }, colorScheme: dark ? 'dark' : 'light', ...options,
    });
    const complaints = [];
    await context.addInitScript(() => { delete Navigator.prototype.serviceWorker; });
    const page = await context.newPage();
    page.on('console', message => {
        // Chromium asks for the icon again when the address changes, without a network as well.
        const icon = message.location().url.endsWith('/favicon.svg') && message.text().includes('DISCONNECTED');
        if (!icon) complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', error => complaints.push(error.message));
    page.on('request', request => {
        const url = request.url();
        if (!url.startsWith(origin) && !url.startsWith('data:')) complaints.push(`asked ${url}`);
    });
    try {
        await options.before?.(page);
        await page.goto(origin + path + (slowly ? SLOWLY : ''));
        await read(page);
        if (complaints.length > 0 && !complains) {
            throw new Error(`${path}: ${complaints.join('\n')}`);
        }
    } finally {
        await context.close();
    }
}

/** Writes down all that the browser does, from now on until the function that this gives is called: it has the events. */
export async function trace(page) {
    await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline', '__metadata'] });
    return async () => JSON.parse((await browser.stopTracing()).toString()).traceEvents;
}

/** The pages of the book that readers come to. */
export const files = (await readdir(pages, { recursive: true }))
    .filter(file => file.endsWith('.html') && !['toc.html', 'print.html', '404.html'].includes(file));

/** Those with widgets. */
export const living = [];
for (const file of files) {
    if ((await readFile(join(pages, file), 'utf8')).includes('<figure class="lab">')) living.push(file);
}

/** The names of the widgets of a page. */
export const widgets = page => page.evaluate(() =>
    [...document.querySelectorAll('.lab > *')].map(element => element.localName.replace('microgpt-', '')));

/** The first widget of this name, its fold open, scrolled to and alive. */
export async function widget(page, name) {
    const widget = page.locator(`microgpt-${name}`).first();
    await widget.evaluate(widget => widget.closest('details')?.setAttribute('open', ''));
    await widget.scrollIntoViewIfNeeded();
    await page.waitForSelector(`microgpt-${name}[data-ready]`);
    return widget;
}
