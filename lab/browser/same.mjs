// Fails unless two builds of the lab, in the folders given, show the same: `node same.mjs FOLDER FOLDER`.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Values of controls that several widgets have, right ones and wrong ones. */
const QUERIES = [
    '', 'name=zoe', 'name=maximiliana', 'name=Z', 'step=0', 'step=250&lr=0.03&plain-relu=on', 'seed=7&width=8',
    'position=2&head=1', 'heads=8&width=4', 'temperature=2&draws=5', 'expr=a/b*-c**2',
];

/** What a build shows for some states of each widget. */
async function shown(folder) {
    const lab = await import(pathToFileURL(resolve(folder, 'microgpt_lab.js')));
    lab.initSync({ module: await readFile(join(folder, 'microgpt_lab_bg.wasm')) });
    return lab.names().flatMap(name => QUERIES.map(query => {
        const { summary, figure, control, problem } = lab.view(name, query);
        return { name, query, summary, figure, control, problem };
    }));
}

const [one, other] = await Promise.all(process.argv.slice(2).map(shown));
assert.deepEqual(one, other);
console.log(`Both builds show the same ${one.length} views.`);
