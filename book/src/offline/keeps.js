// Keeps the whole course in the reader's browser. The build writes above which files a version has, each with its
// hash: a version is there whole or not at all, and all pages get their files from the same one.

/** The caches of this course: other pages of the same origin have others. */
const OURS = `microgpt ${registration.scope} `;
const CACHE = OURS + VERSION;
/** So many files are asked for at once. */
const AT_ONCE = 6;

const address = path => new URL(path, registration.scope).href;

/** Whether an answer is the file of this version. */
async function fits(response, path) {
    const hash = await crypto.subtle.digest('SHA-256', await response.clone().arrayBuffer());
    const digits = [...new Uint8Array(hash, 0, 8)].map(byte => byte.toString(16).padStart(2, '0'));
    return digits.join('') === FILES[path];
}

/** Fetches a file, or takes it from the version before, where it is the same. */
async function keep(cache, path) {
    const kept = await caches.match(address(path));
    if (kept && await fits(kept, path)) {
        return cache.put(address(path), kept);
    }
    const response = await fetch(address(path), { cache: 'no-cache' });
    if (!response.ok || !await fits(response, path)) {
        throw new Error(`${path} is of another version`);
    }
    return cache.put(address(path), response);
}

/** Fetches all. What does not fit together is thrown away: the browser tries again at a next visit. */
async function install() {
    try {
        const cache = await caches.open(CACHE);
        const paths = Object.keys(FILES);
        const next = async () => {
            for (let path = paths.pop(); path !== undefined; path = paths.pop()) await keep(cache, path);
        };
        await Promise.all(Array.from({ length: AT_ONCE }, next));
    } catch (error) {
        await caches.delete(CACHE);
        throw error;
    }
}

async function forgetOthers() {
    const names = (await caches.keys()).filter(name => name.startsWith(OURS) && name !== CACHE);
    await Promise.all(names.map(name => caches.delete(name)));
}

addEventListener('install', event => event.waitUntil(install()));
// It becomes active when no page of the version before is open any more, or when the reader asks for it.
addEventListener('activate', event => event.waitUntil(forgetOthers()));
addEventListener('message', event => event.data === 'take over' && skipWaiting());

addEventListener('fetch', event => {
    const { method, url } = event.request;
    if (method !== 'GET' || !url.startsWith(registration.scope)) return;
    const asked = decodeURIComponent(new URL(url).pathname.slice(new URL(registration.scope).pathname.length));
    const path = [asked, `${asked}index.html`, `${asked}.html`].find(path => Object.hasOwn(FILES, path));
    if (path !== undefined) {
        event.respondWith(caches.open(CACHE).then(cache => cache.match(address(path)))
            .then(kept => kept ?? fetch(event.request)));
    }
});
