// Fails unless two builds of the lab, in the folders given, show the same: `node same.mjs FOLDER FOLDER`. Both have
// two WebAssemblies, each with widgets of its own.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Values of controls that several widgets have, right ones and wrong ones. */
const QUERIES = [
    '', 'name=zoe', 'name=maximiliana', 'name=Z', 'step=0', 'step=250&lr=0.03&plain-relu=on', 'seed=7&width=8',
    'position=2&head=1', 'heads=8&width=4', 'temperature=2&draws=5', 'expr=a/b*-c**2',
];

/** What a WebAssembly of a build shows for some states of each widget. */
async function shown(folder, variant) {
    const lab = await import(pathToFileURL(resolve(folder, `${variant}.js`)));
    lab.initSync({ module: await readFile(join(folder, `${variant}_bg.wasm`)) });
    return lab.names().flatMap(name => QUERIES.map(query => {
        const { summary, figure, control, problem } = lab.view(name, query);
        return { name, query, summary, figure, control, problem };
    }));
}

const builds = await Promise.all(process.argv.slice(2).map(async folder => ({
    first: await shown(folder, 'microgpt_lab'), second: await shown(folder, 'microgpt_living'),
})));
const [one, other] = builds;
assert.deepEqual(one, other);
const names = new Set(one.first.map(({ name }) => name));
assert.ok(one.second.length > 0 && one.second.every(({ name }) => !names.has(name)));
console.log(`Both builds show the same ${one.first.length + one.second.length} views.`);
