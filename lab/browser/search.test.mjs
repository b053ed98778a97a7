// The search, asked as readers ask, and the table of contents, which goes along.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { close, open } from './site.mjs';

after(close);

/** What is typed, and the lesson that explains it. */
const LESSONS = {
    'why divide by sqrt': '3.5 Attention',
    'layer norm': '3.4 Normalization',
    'key query value': '3.5 Attention',
    'backprop': '4.2 Backpropagation',
    'causal mask': '3.5 Attention',
    'cross entropy': '4.1 The loss function',
    'learning rate': '4.3 Gradient descent',
    'topological sort': '2.4 Backward pass',
    'positional encoding': '3.1 Embeddings',
    'feed forward': '3.8 The MLP block',
    'skip connection': '3.7 Residual connections',
    'creativity': '5.1 Temperature and sampling',
    'matrix multiplication': '3.2 Linear layers',
    'momentum': '4.4 The Adam optimizer',
    'number of parameters': '3.0 Parameters are knowledge',
    'end of sequence': '1.2 The BOS token',
    'autograd': '2.2 The Value class',
    'temperature': '5.1 Temperature and sampling',
};

test('the search finds the lesson that explains it first, and no section that only repeats', async () => {
    await open('INDEX.html', {}, async page => {
        await page.getByRole('button', { name: /search/i }).click();
        const found = [];
        for (const [query, lesson] of Object.entries(LESSONS)) {
            await page.locator('#mdbook-searchbar').fill(query);
            await page.locator('#mdbook-searchbar').press('End');
            await page.locator('#mdbook-searchresults-header', { hasText: `'${query}'` }).waitFor();
            const results = await page.locator('#mdbook-searchresults li > a').allTextContents();
            if (!results[0]?.startsWith(lesson)) found.push(`${query}: ${results[0]} instead of ${lesson}`);
            found.push(...results.filter(result => /» (New words|Next|You have it)$/.test(result)));
        }
        assert.deepEqual(found, []);
    });
});

test('the section that is read stays in view in the table of contents', async () => {
    await open('03-the-architecture/09-the-full-gpt-function.html', { viewport: { width: 1280, height: 500 } }, async page => {
        for (const heading of await page.locator('main h2').all()) {
            await heading.evaluate(heading => heading.scrollIntoView());
            await page.waitForFunction(() => {
                const [box, here] = ['.sidebar-scrollbox', '.current-header'].map(selector =>
                    document.querySelector(`#mdbook-sidebar ${selector}`)?.getBoundingClientRect());
                return here && here.top >= box.top && here.bottom <= box.bottom;
            });
        }
    });
});
