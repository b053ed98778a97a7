// What the pages need beyond mdBook's own script: widgets and modules where they are needed, and a menu of two themes.

(function widgets() {
    const widgets = document.querySelectorAll('.lab > *');
    // Without them a sentence says so, below the figure that stands in the page.
    const fail = () => widgets.forEach(widget => widget.setAttribute('data-failed', ''));
    if (!('noModule' in HTMLScriptElement.prototype && 'WebAssembly' in window)) {
        fail();
        return;
    }
    const load = tries => {
        const script = document.createElement('script');
        script.type = 'module';
        // A module that did not arrive is not asked for again under its own address.
        script.src = path_to_root + 'assets/lab/lab.js' + (tries ? `?${tries}` : '');
        script.onerror = () => {
            fail();
            widgets.forEach(widget => {
                const again = document.createElement('button');
                again.type = 'button';
                again.textContent = 'Try again';
                again.addEventListener('click', () => {
                    widgets.forEach(other => other.removeAttribute('data-failed'));
                    load(tries + 1);
                });
                widget.querySelector('.without').replaceChildren(
                    'What moves this figure could not be loaded. Is there no network? ', again);
            });
        };
        document.head.append(script);
    };
    const observer = new IntersectionObserver(entries => {
        if (entries.some(entry => entry.isIntersecting)) {
            observer.disconnect();
            load(0);
        }
    });
    widgets.forEach(widget => observer.observe(widget));
})();

(function modules() {
    // What a page does not have, it does not load.
    for (const [selector, name] of [
        ['.task', 'guide'], ['.checkpoint', 'checkpoints'], ['.box', 'boxes'], ['.explained', 'lines'],
        ['microgpt-xray', 'living'],
        ['microgpt-names', 'living_names'],
    ]) {
        if (document.querySelector(selector)) {
            const script = document.createElement('script');
            script.type = 'module';
            script.src = path_to_root + `assets/lab/${name}.js`;
            document.head.append(script);
        }
    }
})();

(function tasks() {
    // An editor and a Python are large: they come when a task is opened, not before.
    if (!('noModule' in HTMLScriptElement.prototype && 'WebAssembly' in window && 'Worker' in window)) return;
    if (location.pathname.endsWith('/print.html')) return;
    document.querySelectorAll('details.write').forEach(fold => {
        let tries = 0;
        const load = () => {
            if (!fold.open || fold.getAttribute('open') === 'print' || fold.querySelector('.place')) return;
            fold.querySelector('.unloaded')?.remove();
            const script = document.createElement('script');
            script.type = 'module';
            script.src = path_to_root + 'assets/tasks/task.js' + (tries++ ? `?${tries}` : '');
            script.onerror = () => {
                const words = document.createElement('p');
                words.className = 'unloaded';
                words.textContent = 'The editor could not be loaded. Is there no network? Close this and open it again to try once more.';
                fold.querySelector('.start').before(words);
            };
            document.head.append(script);
        };
        fold.addEventListener('toggle', load);
    });
})();

(function map() {
    // The map is in the page. What this reader has passed, if anything, is put into it.
    const KEY = 'microgpt-progress';
    let loaded = false;
    const load = () => {
        if (!loaded) {
            loaded = true;
            const script = document.createElement('script');
            script.type = 'module';
            script.src = path_to_root + 'assets/lab/map.js';
            document.head.append(script);
        }
    };
    const look = () => {
        try {
            if (localStorage.getItem(KEY)) load();
        } catch { /* nothing is kept here */ }
    };
    const map = document.getElementById('map');
    if (map) {
        document.addEventListener(KEY, load);
        addEventListener('pageshow', look);
        // mdBook's search takes this key away from the browser.
        document.body.addEventListener('keydown', event => {
            if (event.key === 'Escape' && map.matches(':popover-open')) map.hidePopover();
        });
    }
})();

(function offline() {
    // Pages that are published are kept for when there is no network. Those of `cargo book serve` have no manifest.
    if (document.querySelector('link[rel="manifest"]') && 'serviceWorker' in navigator) {
        addEventListener('load', () => {
            const script = document.createElement('script');
            script.type = 'module';
            script.src = path_to_root + 'assets/lab/offline.js';
            document.head.append(script);
        });
    }
})();

document.addEventListener('DOMContentLoaded', () => document.documentElement.classList.add('complete'));

(function themes() {
    // course.css has one light and one dark palette, and hides the themes that would repeat them.
    // Moved up, the dark one is next to the light one for the arrow keys too.
    const light = document.getElementById('mdbook-theme-light');
    const dark = document.getElementById('mdbook-theme-navy');
    dark.textContent = 'Dark';
    light.parentElement.after(dark.parentElement);
})();

(function sidebar() {
    // The section that is being read stays in view in the table of contents. mdBook's script, which was loaded before,
    // has marked it by now.
    const box = document.querySelector('#mdbook-sidebar .sidebar-scrollbox');
    let before = null;
    const follow = () => {
        const here = box?.querySelector('.current-header');
        if (here && here !== before) {
            before = here;
            const [frame, link] = [box, here].map(element => element.getBoundingClientRect());
            if (link.top < frame.top || link.bottom > frame.bottom) {
                box.scrollTop += link.top - frame.top - frame.height / 2;
            }
        }
    };
    addEventListener('load', follow);
    document.addEventListener('scroll', follow, { passive: true });
})();

(function keyboard() {
    // mdBook's switch for the table of contents is a label, which no key reaches: a button takes
    // its place and passes everything on.
    const label = document.getElementById('mdbook-sidebar-toggle');
    const checkbox = document.getElementById('mdbook-sidebar-toggle-anchor');
    const button = document.createElement('button');
    label.getAttributeNames().filter(name => name !== 'for').forEach(name => {
        button.setAttribute(name, label.getAttribute(name));
    });
    button.type = 'button';
    button.append(...label.childNodes);
    label.replaceWith(button);
    button.addEventListener('click', () => {
        label.click();
        checkbox.click();
    });
    new MutationObserver(() => {
        button.setAttribute('aria-expanded', label.getAttribute('aria-expanded'));
    }).observe(label, { attributeFilter: ['aria-expanded'] });
    document.getElementById('mdbook-menu-bar').setAttribute('role', 'banner');

    // What scrolls sideways can be scrolled by the arrow keys, once it has the focus, and says whether there is more.
    const more = block =>
        block.toggleAttribute('data-more', block.scrollWidth > block.clientWidth + block.scrollLeft + 1);
    const observer = new ResizeObserver(entries => entries.forEach(({ target }) => {
        target.toggleAttribute('tabindex', false);
        if (target.scrollWidth > target.clientWidth) {
            target.tabIndex = 0;
        }
        more(target);
    }));
    document.querySelectorAll('main pre > code, main .table-wrapper, main .katex, main figure.diagram')
        .forEach(block => {
            observer.observe(block);
            block.addEventListener('scroll', () => more(block), { passive: true });
        });
    // mdBook turns the page by arrow keys, wherever they are pressed: here, only where nothing has the focus that
    // may want keys itself.
    document.body.addEventListener('keydown', event => {
        const focus = 'a, button, input, select, textarea, summary, [contenteditable], [tabindex]:not(main)';
        if (/^Arrow(Left|Right)$/.test(event.key) && event.target.closest(focus)) {
            event.stopPropagation();
        }
    });
})();

(function program() {
    // On the page of the whole program, a click on a line is one on its number.
    const code = document.querySelector('.program .listing > pre > code');
    code?.addEventListener('click', ({ clientY }) => {
        const labels = [...document.querySelectorAll('.program label')];
        const clicked = labels.find(label => clientY < label.getBoundingClientRect().bottom);
        if (getSelection().isCollapsed) {
            clicked?.click();
        }
    });
    document.querySelector('.program form')?.addEventListener('keydown', event => {
        if (event.key === 'Escape') {
            event.currentTarget.reset();
        }
    });
})();

(function details() {
    // On paper everything is open, and on the page for printing too.
    const closed = () => document.querySelectorAll('details:not([open])');
    if (location.pathname.endsWith('/print.html')) {
        closed().forEach(box => { box.open = true; });
    }
    window.addEventListener('beforeprint', () => {
        closed().forEach(box => box.setAttribute('open', 'print'));
    });
    window.addEventListener('afterprint', () => {
        document.querySelectorAll('details[open=print]').forEach(box => box.removeAttribute('open'));
    });
})();
