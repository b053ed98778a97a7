// Boxes open for whoever comes by a link or by the search, and those about Rust for whoever reads it.

const KEY = 'microgpt-rust';

/** Opens everything folded around what the address leads to, or around what the search has marked. */
function open() {
    const id = decodeURIComponent(location.hash.slice(1));
    const place = id === '' ? null : document.getElementById(id);
    const places = [place, ...document.querySelectorAll('main mark')];
    let opened = false;
    for (const each of places) {
        for (let fold = each?.closest('details'); fold; fold = fold.parentElement?.closest('details')) {
            opened ||= !fold.open;
            fold.open = true;
        }
    }
    if (opened) {
        place?.scrollIntoView();
    }
}

const rust = document.querySelector('.i-read-rust input');
const boxes = [...document.querySelectorAll('details[data-rust]')].map(box => /** @type {HTMLDetailsElement} */ (box));

if (rust instanceof HTMLInputElement) {
    try {
        rust.checked = localStorage.getItem(KEY) === '1';
    } catch {
        // Without storage it is asked on every page.
    }
    if (rust.checked) {
        boxes.forEach(box => { box.open = true; });
    }
    rust.addEventListener('change', () => {
        boxes.forEach(box => { box.open = rust.checked; });
        try {
            localStorage.setItem(KEY, rust.checked ? '1' : '0');
        } catch {
            // It holds for this page.
        }
    });
}

addEventListener('hashchange', open);
// A second click on the same link changes no address.
document.addEventListener('click', ({ target }) => {
    const link = target instanceof Element ? target.closest('a[href^="#"]') : null;
    if (link?.getAttribute('href') === location.hash) {
        open();
    }
});
open();
