// What the widget `names` has beside its controls: a list to paste or choose, weights to load and to save. All of it
// goes to the worker of this page and to files of this computer, and nowhere else.

/** What goes to the worker: a list as bytes of UTF-8, the weights of a file of this name (without a header: none any
 * more), and whether the model is wanted as a file.
 * @typedef {{ list?: Uint8Array, weights?: Weights, save?: boolean }} Given
 * @typedef {{ name: string, header?: string, data: Uint8Array }} Weights */

/** A widget of lab.js. @typedef {HTMLElement & { given: Given, kept: Given, ask: () => void }} Names */

/** No list that is larger can be used; one byte more tells that it is. */
const MOST = (32 << 20) + 1;

/** What the widget has more. The labels are all that is read of it. */
const MORE = `
<div class="control"><label for="own-list">Your list, one name on each line</label>
<textarea id="own-list" rows="5" spellcheck="false" autocapitalize="none" dir="auto"
 placeholder="Paste it here. Until then, the model learns the capitals of Europe."></textarea></div>
<div class="control"><label for="own-file">Or a text file</label><input id="own-file" type="file"></div>
<div class="control"><label for="own-weights">Weights to load</label>
<input id="own-weights" type="file" accept=".safetensors"></div>
<p class="in-use" hidden>Weights in use: <b></b> <button type="button" data-drop>Put them away</button></p>
<button type="button" data-save>Save the weights</button>
<output class="problem"></output>`;

for (const element of document.querySelectorAll('microgpt-names')) {
    customElements.whenDefined(element.localName).then(() => equip(/** @type {Names} */ (element)));
}

/** @template {Element} E @param {Element} parent @param {string} selector @param {new () => E} type @returns {E} */
function part(parent, selector, type) {
    const found = parent.querySelector(selector);
    if (found instanceof type) {
        return found;
    }
    throw new Error(`there is no ${selector}`);
}

/** @param {Names} widget */
function equip(widget) {
    // Not in the form: its controls are those of lab.js, which stand in the address.
    const own = document.createElement('div');
    own.className = 'own';
    own.innerHTML = MORE;
    widget.prepend(own);
    const list = part(own, '#own-list', HTMLTextAreaElement);
    const file = part(own, '#own-file', HTMLInputElement);
    const weights = part(own, '#own-weights', HTMLInputElement);
    const inUse = part(own, '.in-use', HTMLElement);
    const problem = part(own, '.problem', HTMLOutputElement);
    const counter = part(widget, 'input[name="given"]', HTMLInputElement);

    /** Sends something with the next question, which is a new one. @param {Given} given @param {Given} kept */
    const give = (given, kept = given) => {
        Object.assign(widget.given, given);
        Object.assign(widget.kept, kept);
        counter.value = counter.dataset.first = String(Number(counter.value) + 1);
        problem.textContent = '';
        widget.ask();
    };

    /** The weights in use. @type {Weights | undefined} */
    let used;
    /** @param {string} reason */
    const refuse = reason => {
        problem.textContent = `These weights cannot be loaded: ${reason}. Give a file that this page or --save wrote.`;
    };

    let pause = 0;
    list.addEventListener('input', () => {
        clearTimeout(pause);
        file.value = '';
        pause = setTimeout(() => give({ list: new TextEncoder().encode(list.value) }), 400);
    });
    // A file that was changed since is chosen again under its name, of which browsers tell only when it is another.
    for (const input of [file, weights]) {
        input.addEventListener('click', () => {
            input.value = '';
        });
    }
    file.addEventListener('change', async () => {
        const chosen = file.files?.[0];
        try {
            if (chosen) {
                give({ list: new Uint8Array(await chosen.slice(0, MOST).arrayBuffer()) });
                list.value = '';
            }
        } catch (error) {
            problem.textContent = `This file cannot be read: ${error instanceof Error ? error.message : error}`;
        }
    });
    weights.addEventListener('change', async () => {
        const chosen = weights.files?.[0];
        problem.textContent = '';
        try {
            if (chosen) {
                give({ weights: { name: chosen.name, ...read(await chosen.arrayBuffer()) } });
            }
        } catch (error) {
            refuse(error instanceof Error ? error.message : String(error));
        }
    });
    part(own, '[data-drop]', HTMLButtonElement).addEventListener('click', () => {
        weights.value = '';
        weights.focus();
        give({ weights: { name: '', data: new Uint8Array() } });
    });
    part(own, '[data-save]', HTMLButtonElement).addEventListener('click', () => give({ save: true }, {}));
    widget.addEventListener('taken', event => {
        const { problem: wrong, name, saved } = /** @type {CustomEvent} */ (event).detail;
        if (wrong) {
            refuse(wrong);
            Object.assign(widget.kept, { weights: used });
        } else if (name !== undefined) {
            used = widget.kept.weights;
            inUse.hidden = name === '';
            part(inUse, 'b', HTMLElement).textContent = name;
        }
        if (saved) {
            const link = document.createElement('a');
            link.href = URL.createObjectURL(new Blob([saved], { type: 'application/octet-stream' }));
            link.download = 'names.safetensors';
            link.click();
            setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
        }
    });
    // What the reader typed before the scripts were there
    if (list.value) {
        list.dispatchEvent(new Event('input'));
    }
}

/** Reads the header of a safetensors file. @param {ArrayBuffer} buffer @returns {{ header: string, data: Uint8Array }} */
function read(buffer) {
    const wrong = new Error('it is not in the safetensors format, or not a whole file');
    if (buffer.byteLength < 8 || buffer.byteLength > 100_000_000) {
        throw wrong;
    }
    const length = Number(new DataView(buffer).getBigUint64(0, true));
    if (length > buffer.byteLength - 8) {
        throw wrong;
    }
    /** @type {Record<string, any>} */
    let described;
    try {
        described = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(buffer, 8, length)));
    } catch {
        throw wrong;
    }
    const { __metadata__: metadata = {}, ...tensors } = described ?? {};
    const header = new URLSearchParams(Object.entries(metadata).map(([key, value]) => [key, String(value)]));
    for (const [name, tensor] of Object.entries(tensors)) {
        const { dtype, shape = [], data_offsets: place = [] } = tensor ?? {};
        header.append('tensor', [name, dtype, ...shape, ...place].join(' '));
    }
    return { header: header.toString(), data: new Uint8Array(buffer.slice(8 + length)) };
}

export {};
