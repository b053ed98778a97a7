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
        const sampling = page.locator('microgpt-sampling').last();
        const written = async () => {
            await sampling.scrollIntoViewIfNeeded();
            await settled(sampling);
            return sampling.locator('.samples b').allTextContents();
        };
        assert.notDeepEqual(await written(), samples);
        const training = await widget(page, 'training');
        await set(training, 'step', '500');
        assert.deepEqual(await written(), samples);
    });
});

/** The guide, which stands below its task. */
const guide = page => page.getByRole('group', { name: 'Guide' });

test('the guide notices what was done, by keyboard too, and remembers it', async () => {
    await open('explorer.html', {}, async page => {
        const at = text => page.locator('li:has(> .guide)', { hasText: text }).waitFor();
        await page.getByRole('button', { name: 'Start the guide' }).press('Enter');
        await at('Type another short name');
        const name = page.locator('microgpt-tokenizer').getByRole('textbox', { name: 'Name' });
        await page.locator('microgpt-tokenizer[data-ready]').waitFor();
        await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'name');
        // A wrong name is not another name.
        await page.keyboard.press('ControlOrMeta+a');
        await page.keyboard.type('Zoe');
        await page.locator('microgpt-tokenizer .problem', { hasText: "'Z'" }).waitFor();
        assert.equal(await page.locator('.task[data-done]').count(), 0);
        await name.fill('zoe');
        await guide(page).getByText('Done. Look at it').waitFor();
        assert.equal(await page.locator('.task[data-done]').count(), 1);
        await at('Type another short name'); // its question is still to be answered
        await guide(page).getByRole('button', { name: 'Next' }).click();
        await at('Moment');
        // It is still there when the reader comes back.
        await page.reload();
        await at('Moment');
        assert.equal(await page.locator('.task[data-done]').count(), 1);
        await guide(page).getByRole('button', { name: 'Skip' }).click();
        await at('attn_wo');
        await guide(page).getByRole('button', { name: 'Put the guide away' }).click();
        assert.equal(await guide(page).count(), 0);
        assert.equal(await page.locator('[data-led], .pointed').count(), 0);
        await page.getByRole('button', { name: /^Go on with the guide: 1 of/ }).waitFor();
    });
});

/** What of the current task is not to be seen: of its control and of what it says to watch. */
const unseen = page => page.locator('li:has(> .guide) > .task').evaluate(mark => {
    const widget = document.querySelector('[data-led]');
    const watched = [...widget.querySelectorAll(mark.dataset.watch)];
    const parts = [widget.querySelector('.pointed'), ...watched];
    const hidden = parts.filter(part => {
        const { left, right, top, bottom } = part?.getBoundingClientRect() ?? {};
        const over = document.elementFromPoint((left + right) / 2, top + 1);
        return !(top >= 0 && bottom <= innerHeight + 1 && widget.contains(over));
    });
    return [...hidden.map(part => part?.getAttribute('class') ?? 'no control'), ...watched.length > 0 ? [] : ['nothing']];
});

for (const [screen, width, height] of [
    ['1280 × 800', 1280, 800], ['1280 × 800 at 200 %', 640, 400], ['390 × 844', 390, 844], ['320 × 640', 320, 640],
]) {
    test(`the guide leads to its end, with every control and all that is to be watched in view: ${screen}`, async () => {
        await open('explorer.html', { viewport: { width, height }, reducedMotion: 'reduce' }, async page => {
            const tasks = await page.locator('.task').evaluateAll(marks => marks.map(mark => ({ ...mark.dataset })));
            assert.ok(tasks.length >= 8);
            await page.getByRole('button', { name: 'Start the guide' }).click();
            for (const { until, widget: name } of tasks) {
                const figure = page.locator(`microgpt-${name}[data-led]`);
                await settled(figure);
                assert.deepEqual(await unseen(page), [], `${until}, before`);
                const controls = figure.locator('.control.pointed :is(input, select)');
                assert.equal(await controls.count(), 1, until);
                const control = await controls.getAttribute('name');
                const [, sign, value] = new RegExp(`${control}(!=|>=|<=|=|~)(\\S+)`).exec(until);
                if (name === 'training') {
                    await figure.getByRole('button', { name: 'Play' }).click();
                } else if (await controls.evaluate(control => control.localName) === 'select') {
                    await controls.selectOption(value);
                } else {
                    await set(figure, control, sign !== '!=' ? value : control === 'name' ? 'zoe' : '1');
                }
                await guide(page).getByText('Done. Look at it').waitFor({ timeout: 60_000 });
                await settled(figure);
                assert.deepEqual(await unseen(page), [], `${until}, after`);
                await guide(page).getByRole('button', { name: /Next|Finish/ }).click();
            }
            await page.getByRole('button', { name: 'Start the guide again' }).waitFor();
            assert.equal(await guide(page).count(), 0);
        });
    });
}

/** What a reader reads in a minute, and the seconds for what a task asks: to find the control, to move it, to look. */
const [WORDS, SECONDS] = [200, 20];
const MINUTES = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve',
    'thirteen', 'fourteen', 'fifteen', 'sixteen'];

test('the guided walk takes the minutes that the page says', async () => {
    await open('explorer.html', { reducedMotion: 'no-preference' }, async page => {
        const words = text => text.split(/\s+/).filter(word => /[\p{L}\d]/u.test(word)).length;
        await page.getByRole('button', { name: 'Start the guide' }).click();
        // The text with its answers, without the widgets and what else is folded
        let read = words(await page.locator('main').evaluate(main => {
            const text = main.cloneNode(true);
            text.querySelectorAll('figure.lab, .map, nav, button').forEach(part => part.remove());
            text.querySelectorAll('details').forEach(fold => {
                if (!fold.querySelector('summary').textContent.startsWith('Answer')) fold.remove();
            });
            return text.textContent;
        }));
        let played = 0;
        const tasks = await page.locator('.task').evaluateAll(marks => marks.map(mark => ({ ...mark.dataset })));
        for (const { widget: name, until } of tasks) {
            const figure = page.locator(`microgpt-${name}[data-led]`);
            await settled(figure);
            if (until.startsWith('step') || name === 'graph') {
                const play = figure.getByRole('button', { name: /Play or Pause|play or pause/ });
                if (name === 'graph') await set(figure, 'at', '0');
                const start = performance.now();
                await play.click();
                await play.and(page.getByText('Pause')).waitFor();
                await play.and(page.getByText('Play')).waitFor({ timeout: 120_000 });
                played += (performance.now() - start) / 1000;
            }
            read += words(await figure.locator('.pointed, .summary').evaluateAll(parts => parts.map(part => part.innerText).join(' ')));
            await guide(page).getByRole('button', { name: /Next|Skip|Finish/ }).click();
        }
        const minutes = read / WORDS + tasks.length * SECONDS / 60 + played / 60;
        const said = (await page.locator('main').textContent()).match(/(\w+) minutes with the guide/)[1].toLowerCase();
        assert.ok(Math.abs(MINUTES.indexOf(said) - minutes) < 1, `${said}, but `
            + `${read} words, ${tasks.length} tasks and ${played.toFixed(0)} s of watching are ${minutes.toFixed(1)} minutes`);
    });
});

test('a task folds the switches that it does not need', async () => {
    await open('explorer.html', {}, async page => {
        const seen = () => page.locator('microgpt-training fieldset .control:visible').count();
        const all = await seen();
        await page.evaluate(() => localStorage.setItem('microgpt-guide', JSON.stringify({
            open: true, done: [...document.querySelectorAll('.task')].map(({ dataset }) => `${dataset.widget} ${dataset.until}`)
                .filter(id => !id.startsWith('training')),
        })));
        await page.reload();
        await guide(page).waitFor();
        assert.equal(await seen(), 1);
        await guide(page).getByRole('button', { name: 'Put the guide away' }).click();
        assert.equal(await seen(), all);
    });
});

test('who follows a link during Play and comes back finds the training', async () => {
    await open('explorer.html', {}, async page => {
        const training = await widget(page, 'training');
        const step = () => training.locator('[name="step"]').evaluate(({ value }) => Number(value));
        await training.getByRole('button', { name: 'Play' }).click();
        await page.waitForFunction(() => document.querySelector('microgpt-training [name="step"]').value > 20);
        const left = await step();
        await page.getByRole('link', { name: '4.5 The training loop' }).last().click();
        await page.getByRole('heading', { level: 1, name: '4.5' }).waitFor();
        await page.goBack();
        await widget(page, 'training');
        assert.ok(await step() >= left);
    });
});

test('something lives on the first screen', async () => {
    await open('explorer.html', { viewport: { width: 390, height: 844 } }, async page => {
        await page.locator('microgpt-sampling[data-ready]').first().waitFor();
        const bars = await page.locator('microgpt-sampling .drawing').first().evaluate(bars => bars.getBoundingClientRect().top);
        assert.ok(bars < 844 - 40, `the bars begin at ${bars}`);
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
        assert.equal(await page.locator('.guide, .guide-here button').count(), 0);
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
