// Computes what the widgets show, beside the page, so that the page never stands still.

import init, { view } from './microgpt_lab.js';

/** What a widget asks. @typedef {{ id: string, widget: string, query: string }} Question */

/**
 * What it is told: what to show, or what is wrong with a control, or why nothing works.
 * @typedef {{ id: string, query: string, summary?: string, figure?: string,
 *     max?: string, control?: string, problem?: string, failure?: string }} Answer
 */

const ready = init();

/** @param {MessageEvent<Question>} event */
onmessage = async ({ data: { id, widget, query } }) => {
    const failure = await ready.then(() => undefined, String);
    postMessage({ id, query, ...(failure === undefined ? answer(widget, query) : { failure }) });
};

/** @param {string} widget @param {string} query */
function answer(widget, query) {
    try {
        const shown = view(widget, query);
        const { summary, figure, max, control, problem } = shown;
        shown.free();
        return { summary, figure, max, control, problem };
    } catch (error) {
        return { failure: String(error) };
    }
}
