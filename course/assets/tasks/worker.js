// Runs what the reader has written, in a Python of its own beside the page: whatever it does, it ends with this worker.

// @ts-ignore: it comes with MicroPython, and has no types
import { loadMicroPython } from './micropython.js';

/** What is asked. @typedef {{ task: string, text: string }} Question */

/** What judge.py says of a text. @typedef {{ passed: boolean, headline: string, line: number | null, notes: string[],
 *     cases: { title: string, code: string, right: boolean, expected: string, came: string }[] }} Report */

/** What it tells: that it is ready, a line that was printed, the judgement, or why there is none.
 * @typedef {{ ready?: true, printed?: string, report?: Report, failure?: string }} Answer */

/** So many characters of what is printed are shown. */
const MOST = 5_000;
let printed = 0;

/** @param {string} line */
function print(line) {
    if (printed < MOST) {
        const rest = MOST - printed;
        printed += line.length + 1;
        tell({ printed: printed < MOST ? line : `${line.slice(0, rest)} … (what is printed after this is not shown)` });
    }
}

/** @param {Answer} answer */
function tell(answer) {
    postMessage(answer);
}

/** @param {string} name */
async function load(name) {
    const response = await fetch(new URL(name, import.meta.url));
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
    return response.text();
}

const ready = (async () => {
    const [judge, python] = await Promise.all([
        load('judge.py'),
        // Where it lies is said here, for in the archive no file lies beside another.
        loadMicroPython({
            url: new URL('micropython.wasm', import.meta.url).href, heapsize: 16 << 20, stdout: print, stderr: print,
            linebuffer: true,
        }),
    ]);
    python.runPython(judge);
    python.runPython('import json');
    tell({ ready: true });
    return python;
})();
ready.catch(error => tell({ failure: `Python could not be loaded. Is there no network? (${error.message ?? error})` }));

/** @param {MessageEvent<Question>} event */
onmessage = async ({ data: { task, text } }) => {
    try {
        const [python, texts] = await Promise.all([ready, load(`${task}.json`)]);
        python.globals.set('texts', texts);
        python.globals.set('text', text);
        python.runPython('report = json.dumps(judge(json.loads(texts), text))');
        tell({ report: JSON.parse(python.globals.get('report')) });
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const line = message.trim().split('\n').pop();
        tell({ failure: `Python has stopped: ${line}` });
    }
};
