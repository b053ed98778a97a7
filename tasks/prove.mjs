// Proves the tasks as they are in the pages, in MicroPython: every start fails because nothing is written, every solution
// passes, every mistake is recognised as that mistake. What bad input gets is proved, too. `prove.py` does more of it, in CPython.

import { readdir, readFile } from 'node:fs/promises';
import { loadMicroPython } from './page/node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs';

const assets = new URL('../course/assets/tasks/', import.meta.url);
const python = await loadMicroPython({ heapsize: 16 << 20, stdout: () => {}, linebuffer: true });
python.runPython(await readFile(new URL('judge.py', assets), 'utf8'));
python.runPython('import json');

/** What the judge says. @param {string} texts @param {string} text */
function judge(texts, text) {
    python.globals.set('texts', texts);
    python.globals.set('text', text);
    python.runPython('report = json.dumps(judge(json.loads(texts), text))');
    return JSON.parse(python.globals.get('report'));
}

/** @type {string[]} */
const faults = [];
const counts = { tasks: 0, cases: 0, mistakes: 0, 'bad inputs': 0 };
const notYet = python.globals.get('NOT_YET');
for (const file of (await readdir(assets)).filter(file => file.endsWith('.json'))) {
    const texts = await readFile(new URL(file, assets), 'utf8');
    const { start, solution, mistakes } = JSON.parse(texts);
    counts.tasks += 1;
    for (const [what, text, passed, headline] of [
        ['the start', start, false, notYet],
        ['the solution', solution, true, undefined],
        ...mistakes.map(({ words, code }) => [words, code, false, words]),
    ]) {
        const report = judge(texts, text);
        if (report.passed !== passed || headline !== undefined && report.headline !== headline) {
            faults.push(`${file}: ${what}: ${JSON.stringify(report)}`);
        }
        counts.cases += what === 'the solution' ? report.cases.length : 0;
    }
    counts.mistakes += mistakes.length;
}

const softmax = await readFile(new URL('softmax.json', assets), 'utf8');
const body = code => `def softmax(logits):\n${code.split('\n').map(line => `    ${line}\n`).join('')}`;
for (const [text, words, line] of [
    ['', 'There is no `softmax` here'],
    ['def softmax(logits)\n    return logits', 'Is the colon at its end missing?', 1],
    ['def softmax(logits):\nreturn logits', 'Python cannot read this line', 2],
    ['def softmax(logits):\n    x = (1\n    return x', 'Python cannot read this line', 3],
    ['function softmax(logits) {\n  return logits;\n}', 'another language', 1],
    ['fn softmax(logits: &[Value]) -> Vec<Value> {\n}', 'another language', 1],
    ['import os\n', '`import os`', 1],
    ['x = 1\nfrom numpy import exp\n', '`from numpy import exp`', 2],
    ['x'.repeat(1_000_000), '1000000 characters'],
    [body('return softmax(logits)'), 'without an end', 2],
    [body('return [l for l in logit]'), '`logit`', 2],
    [body('return [Value(float("nan")) for _ in logits]'), 'nan'],
    [body('return [Value(1)]'), '1 entry'],
    [body('return 1'), 'should be a list'],
    [body('return "anna"'), 'should be a list'],
    [body('pass'), 'Is a `return` missing?'],
    [body('return None[0]'), 'None', 2],
    [body('return (l for l in logits)'), 'generator'],
    [body('return logits.exp()'), 'exp', 2],
    [body('return input()'), 'nobody to ask', 2],
    ['def softmax():\n    return 1', 'number of arguments'],
    [`sum = 3\n${body('return [l / sum(logits) for l in logits]')}`, 'The name `sum` is yours now', 3],
    [body('sum = sum(l.data for l in logits)\nreturn [l / sum for l in logits]'), 'before the function gives it a value', 2],
    [`Value = 3\n${body('return logits')}`, 'The name `Value` is yours now'],
    [`softmax = 3`, 'There is no `softmax` here'],
    [body('logits.pop()\nreturn logits'), 'entries'],
]) {
    counts['bad inputs'] += 1;
    const report = judge(softmax, text);
    const said = [report.headline, ...report.notes, ...report.cases.map(({ came }) => came)].join('\n');
    if (report.passed || !said.includes(words) || line !== undefined && report.line !== line) {
        faults.push(`${text.slice(0, 60)}: should say "${words}" of line ${line}: ${JSON.stringify(report).slice(0, 600)}`);
    }
    if (said.length > 5_000) faults.push(`${text.slice(0, 60)}: ${said.length} characters`);
}

console.log(faults.join('\n') || `Proved in MicroPython: ${Object.entries(counts).map(([what, n]) => `${n} ${what}`).join(', ')}`);
process.exitCode = faults.length && 1;
