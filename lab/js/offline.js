// Keeps the course on this device for when there is no network, says when a newer version is ready, and forgets all.

const { serviceWorker } = navigator;
const manifest = document.querySelector('link[rel="manifest"]');
/** The folder of the course. */
const root = new URL('.', manifest instanceof HTMLLinkElement ? manifest.href : location.href);

/** Where a reader has said that nothing is to be kept. */
const REFUSED = 'microgpt-offline';
/** What this course keeps in the storage of the browser begins so. */
const OURS = /^(microgpt|mdbook)-/;

/** What the title page says about it. */
const kept = document.querySelector('.take-along .kept');

/** @param {string} text @param {string} label @param {() => void} press */
function say(text, label, press) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = label;
    button.addEventListener('click', press);
    kept?.replaceChildren(`${text} `, button);
}

/** @returns {boolean} */
function refused() {
    try {
        return localStorage.getItem(REFUSED) === 'off';
    } catch {
        return false; // no storage: nothing can have been said
    }
}

/** Offers a version that is ready. @param {ServiceWorker} newer */
function offer(newer) {
    document.querySelector('.newer')?.remove();
    const [box, words, show, later] = ['aside', 'p', 'button', 'button'].map(name => document.createElement(name));
    box.className = 'newer';
    box.setAttribute('role', 'status');
    words.textContent = 'A newer version of the course is ready.';
    show.textContent = 'Show it';
    show.addEventListener('click', () => newer.postMessage('take over'));
    later.textContent = 'Later';
    later.addEventListener('click', () => box.remove());
    box.append(words, show, later);
    document.body.append(box);
}

async function keep() {
    const registration = await serviceWorker.register(new URL('service-worker.js', root));
    const look = () => {
        if (registration.waiting && serviceWorker.controller) {
            offer(registration.waiting);
        }
    };
    /** A version that comes is ready when it waits, or is given up where the first cannot be kept. */
    const follow = () => {
        const { installing } = registration;
        installing?.addEventListener('statechange', () => {
            look();
            if (installing.state === 'redundant' && !registration.active) {
                say('The course could not be kept on this device.', 'Try again', anew);
            }
        });
    };
    registration.addEventListener('updatefound', follow);
    follow();
    look();
    // Whoever asks for the newer version gets it in all windows: none may go on with files of both.
    serviceWorker.addEventListener('controllerchange', () => location.reload());
    await serviceWorker.ready;
    say('The course is kept on this device, all of it: it opens without a network.', 'Forget everything', () => {
        if (confirm('Forget all that this course keeps on this device: its pages, what you passed and wrote, your settings?')) {
            forget(registration);
        }
    });
}

/** @param {ServiceWorkerRegistration} registration */
async function forget(registration) {
    const names = (await caches.keys()).filter(name => name.startsWith(`microgpt ${root.href} `));
    await Promise.all(names.map(name => caches.delete(name)));
    await registration.unregister();
    for (const storage of [localStorage, sessionStorage]) {
        Object.keys(storage).filter(key => OURS.test(key)).forEach(key => storage.removeItem(key));
    }
    localStorage.setItem(REFUSED, 'off');
    location.reload();
}

/** Keeps it. Where that cannot be, the pages work as long as there is a network. */
function start() {
    keep().catch(() => kept?.replaceChildren('The course could not be kept on this device.'));
}

function anew() {
    kept?.replaceChildren('The course is being kept on this device …');
    start();
}

const saves = /** @type {{ connection?: { saveData?: boolean } }} */ (navigator).connection?.saveData;
if (refused() || saves && !serviceWorker.controller) {
    say('Nothing of the course is kept on this device.', 'Keep all of it, for when there is no network', () => {
        try {
            localStorage.removeItem(REFUSED);
        } catch {
            // Then it was not said there.
        }
        anew();
    });
} else {
    start();
}
