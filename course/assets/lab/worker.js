// Computes what the widgets show, beside the page, so that the page never stands still.

import init, { view } from './microgpt_lab.js';

/** What a widget asks. @typedef {{ id: string, widget: string, query: string }} Question */

/**
 * What it is told: what to show, or what is wrong with a control, or why nothing works.
 * @typedef {{ id: string, query: string, summary?: string, figure?: string,
 *     control?: string, problem?: string, failure?: string }} Answer
 */

const ready = init();

/** The last question of each widget; older ones need no answer any more. @type {Map<string, Question>} */
const questions = new Map();

/** @param {MessageEvent<Question>} event */
onmessage = async ({ data }) => {
    questions.set(data.id, data);
    const failure = await ready.then(() => undefined, String);
    for (const [id, { widget, query }] of questions) {
        questions.delete(id);
        postMessage({ id, query, ...(failure === undefined ? answer(widget, query) : { failure }) });
    }
};

/** @param {string} widget @param {string} query */
function answer(widget, query) {
    try {
        const shown = view(widget, query);
        const { summary, figure, control, problem } = shown;
        shown.free();
        return { summary, figure, control, problem };
    } catch (error) {
        return { failure: String(error) };
    }
}
