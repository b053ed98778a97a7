// Computes what the widgets show, beside the page, so that the page never stands still.

/** What a widget asks. @typedef {{ id: string, widget: string, query: string }} Question */

/**
 * What it is told: what to show, or what is wrong with a control, or why nothing works.
 * @typedef {{ id: string, query: string, summary?: string, figure?: string,
 *     max?: string, control?: string, problem?: string, failure?: string }} Answer
 */

/** The first WebAssembly, or the second for pages with living lines. */
const lab = self.name === 'living' ? import('./microgpt_living.js') : import('./microgpt_lab.js');

/** Why nothing works, if it does not. */
const ready = lab.then(({ default: init }) => init())
    .then(() => undefined, error => `What computes here could not be loaded (${error}).`);

/** @param {MessageEvent<Question>} event */
onmessage = async ({ data: { id, widget, query } }) => {
    const failure = await ready;
    postMessage({ id, query, ...(failure === undefined ? await answer(widget, query) : { failure }) });
};

/** @param {string} widget @param {string} query */
async function answer(widget, query) {
    try {
        const { view } = await lab;
        const shown = view(widget, query);
        const { summary, figure, max, control, problem } = shown;
        shown.free();
        return { summary, figure, max, control, problem };
    } catch (error) {
        return { failure: `What computes here has stopped (${error}).` };
    }
}

export {};
