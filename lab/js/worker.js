// Computes what the widgets show, beside the page, so that the page never stands still.

/** What a widget asks, and what it gives beside. @typedef {import('./living_names.js').Given} Given
 * @typedef {{ id: string, widget: string, query: string, given: Given }} Question */

/**
 * What it is told: what to show, or what is wrong with a control, or why nothing works.
 * @typedef {{ id: string, query: string, summary?: string, figure?: string,
 *     max?: string, control?: string, problem?: string, failure?: string, taken?: object }} Answer
 */

/** The first WebAssembly, or the second for pages with living lines. */
const lab = self.name === 'living' ? import('./microgpt_living.js') : import('./microgpt_lab.js');

/** Why nothing works, if it does not. */
const ready = lab.then(({ default: init }) => init())
    .then(() => undefined, error => `What computes here could not be loaded (${error}).`);

/** @param {MessageEvent<Question>} event */
onmessage = async ({ data: { id, widget, query, given } }) => {
    const failure = await ready;
    postMessage({ id, query, ...(failure === undefined ? await answer(widget, query, given) : { failure }) });
};

/** @param {string} widget @param {string} query @param {Given} given */
async function answer(widget, query, given) {
    try {
        const { view } = await lab;
        const taken = Object.keys(given).length > 0 ? await take(given) : undefined;
        const shown = view(widget, query);
        const { summary, figure, max, control, problem } = shown;
        shown.free();
        return { summary, figure, max, control, problem, taken };
    } catch (error) {
        return { failure: `What computes here has stopped (${error}).` };
    }
}

/** Gives to the second WebAssembly what no query holds, and takes from it what no page shows. @param {Given} given */
async function take({ list, weights, save }) {
    const living = await import('./microgpt_living.js');
    if (list !== undefined) {
        living.give_list(list);
    }
    const problem = weights && living.give_weights(weights.header, weights.data);
    return { problem, name: weights?.name, saved: save ? living.save() : undefined };
}

export {};
