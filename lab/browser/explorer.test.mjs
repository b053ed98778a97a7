// The explorer: one name and one model through the whole page, and the guide.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { close, open, widget, widgets } from './site.mjs';

const golden = await readFile(new URL('../../tests/golden/input.stdout', import.meta.url), 'utf8');
const samples = golden.match(/^sample.*$/gm).map(line => line.replace(/^sample +\d+: /, ''));

after(close);

/** Sets a control of a widget, as a reader who drags or types. */
const set = (figure, name, value) => figure.locator(`[name="${name}"]`).evaluate((control, value) => {
    control.value = control.dataset.values ? control.dataset.values.split(' ').indexOf(value) : value;
    control.dispatchEvent(new Event('input', { bubbles: true }));
}, value);

/** Waits until a widget shows what its controls say. */
const settled = figure => figure.and(figure.page().locator('[data-ready]')).waitFor();

test('the name typed in section 2 is the one that section 5 follows', async () => {
    await open('explorer.html', {}, async page => {
        const tokenizer = await widget(page, 'tokenizer');
        await tokenizer.getByRole('textbox', { name: 'Name' }).fill('zoe');
        const attention = await widget(page, 'attention');
        await attention.getByRole('img', { name: 'to 1 z' }).first().waitFor();
        const forward = await widget(page, 'forward');
        await forward.getByText('token e at position 3').waitFor();
    });
});

test('the model trained in section 6 is the one that writes in section 7', async () => {
    await open('explorer.html', {}, async page => {
        const sampling = await widget(page, 'sampling');
        const written = () => sampling.locator('.samples b').allTextContents();
        assert.notDeepEqual(await written(), samples);
        const training = await widget(page, 'training');
        await set(training, 'step', '500');
        await widget(page, 'sampling');
        await settled(sampling);
        assert.deepEqual(await written(), samples);
    });
});

test('the guide notices what was done, by keyboard too, and remembers it', async () => {
    await open('explorer.html', {}, async page => {
        await page.getByRole('button', { name: 'Start the guide' }).press('Enter');
        const guide = page.getByRole('complementary', { name: 'Guide' });
        await guide.getByText('Type another name').waitFor();
        const name = page.locator('microgpt-tokenizer').getByRole('textbox', { name: 'Name' });
        await page.locator('microgpt-tokenizer[data-ready]').waitFor();
        await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'name');
        // A wrong name is not another name.
        await page.keyboard.press('ControlOrMeta+a');
        await page.keyboard.type('Zoe');
        await page.locator('microgpt-tokenizer .problem', { hasText: "'Z'" }).waitFor();
        assert.equal(await page.locator('.task[data-done]').count(), 0);
        await name.fill('zoe');
        await guide.getByText('Done. Look at it').waitFor();
        assert.equal(await page.locator('.task[data-done]').count(), 1);
        await guide.getByText('Type another name').waitFor(); // its question is still to be answered
        await guide.getByRole('button', { name: 'Next' }).click();
        await guide.getByText('the slider Moment').waitFor();
        // It is still there when the reader comes back.
        await page.reload();
        await guide.getByText('the slider Moment').waitFor();
        assert.equal(await page.locator('.task[data-done]').count(), 1);
        await guide.getByRole('button', { name: 'Skip' }).click();
        await guide.getByText('a*a + a*b').waitFor();
        await guide.getByRole('button', { name: 'Leave' }).click();
        assert.equal(await guide.isVisible(), false);
        await page.getByRole('button', { name: /^Go on with the guide: 1 of/ }).waitFor();
    });
});

test('every task of the guide can be done', async () => {
    await open('explorer.html', {}, async page => {
        const tasks = await page.locator('.task').evaluateAll(marks => marks.map(mark => ({ ...mark.dataset })));
        assert.ok(tasks.length >= 10);
        for (const { widget: name, until } of tasks) {
            const figure = await widget(page, name);
            for (const [, control, sign, value] of until.matchAll(/([\w-]+)(!=|>=|<=|=|~)(\S+)/g)) {
                const visible = figure.locator(`[name="${control}"]:not([type="hidden"])`);
                if (await visible.count() === 0) continue; // another section's, which came before
                const options = await visible.locator('option').evaluateAll(options => options.map(({ value }) => value));
                const wanted = value === 'steps' ? '500' : value;
                const other = options.find(option => option !== value) ?? (control === 'name' ? 'zoe' : '1');
                if (options.length > 0) {
                    await visible.selectOption(sign === '!=' ? other : wanted);
                } else {
                    await set(figure, control, sign === '!=' ? other : wanted);
                }
            }
            await page.locator(`.task[data-done][data-until="${until}"]`).first().waitFor();
        }
        await page.getByRole('button', { name: 'Start the guide again' }).waitFor();
    });
});

test('a training is done when its own steps are', async () => {
    await open('explorer.html', {}, async page => {
        const training = await widget(page, 'training');
        const done = page.locator('.task[data-done][data-widget="training"]');
        await set(training, 'steps', '100');
        await set(training, 'step', '99');
        await settled(training);
        assert.equal(await done.count(), 0);
        await set(training, 'step', '100');
        await done.waitFor();
    });
});

test('without scripts it is a page to read, with a figure for each widget', async () => {
    await open('explorer.html', { javaScriptEnabled: false }, async page => {
        assert.equal(await page.locator('.guide-bar').count(), 0);
        assert.equal(await page.locator('.task').first().isVisible(), false);
        const said = await page.locator('.lab .summary').allTextContents();
        assert.equal(said.length, await page.locator('figure.lab').count());
        assert.ok(said.every(summary => summary.length > 20), said.join('\n'));
    });
});

test('the section bar says where the reader is', async () => {
    await open('explorer.html', {}, async page => {
        for (const name of ['5 Architecture', '7 Inference', '2 Data']) {
            assert.ok(await page.locator('nav.sections').evaluate(bar => bar.getBoundingClientRect().top >= 0));
            await page.locator('nav.sections').getByRole('link', { name }).click();
            await page.locator('nav.sections a[aria-current]', { hasText: name }).waitFor();
        }
    });
});

test('it goes on when the network is cut after it was loaded', async () => {
    await open('explorer.html', {}, async page => {
        for (const name of new Set(await widgets(page))) await widget(page, name);
        await page.context().setOffline(true);
        const training = await widget(page, 'training');
        await set(training, 'step', '10');
        await settled(training);
    });
});
