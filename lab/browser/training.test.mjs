// Training and sampling, in lessons 4.0 to 5.1.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { mainTasks } from './measure.mjs';
import { close, open, trace, widget } from './site.mjs';

const LESSON_4_0 = '04-training/00-what-is-training.html';
const LESSON_4_1 = '04-training/01-the-loss-function.html';
const LESSON_4_3 = '04-training/03-gradient-descent.html';
const LESSON_4_4 = '04-training/04-the-adam-optimizer.html';
const LESSON_4_5 = '04-training/05-the-training-loop.html';
const LESSON_5_0 = '05-inference/00-generating-text.html';
const LESSON_5_1 = '05-inference/01-temperature-and-sampling.html';

/** What the program prints. */
const golden = (await readFile(new URL('../../tests/golden/input.stdout', import.meta.url), 'utf8')).split('\n');
const progress = golden.filter(line => line.startsWith('step '));
const samples = golden.filter(line => line.startsWith('sample ')).map(line => line.slice(11));

after(close);

const slider = (figure, name) => figure.getByRole('slider', { name, exact: true });

/** Moves a slider as a reader drags it, and waits for what it shows. */
async function drag(page, figure, name, value) {
    await slider(figure, name).evaluate((input, value) => {
        const place = input.dataset.values?.split(' ').indexOf(value) ?? -1;
        input.value = place < 0 ? value : place;
        input.dispatchEvent(new Event('input', { bubbles: true }));
    }, String(value));
    await settled(figure);
}

const settled = figure => figure.evaluate(element => new Promise(resolve => {
    const look = () => element.hasAttribute('data-ready') ? resolve() : setTimeout(look, 5);
    look();
}));

test('all 500 losses and the 20 samples are those of the program', async () => {
    assert.equal(progress.length, 500);
    await open(LESSON_4_0, {}, async page => {
        const figure = await widget(page, 'curve');
        const losses = await page.evaluate(async () => {
            const lab = await import(new URL('../assets/lab/microgpt_lab.js', location.href).href);
            await lab.default();
            return [...lab.train(500)];
        });
        const lines = losses.map((loss, step) =>
            `step ${String(step + 1).padStart(4)} /  500 | loss ${loss.toFixed(4)}`);
        assert.deepEqual(lines, progress);
        for (const step of [500, 1, 2, 77, 250, 249, 499]) {
            await drag(page, figure, 'Steps of training', step);
            assert.equal(await figure.locator('.progress').textContent(), progress[step - 1]);
        }
        await drag(page, figure, 'Steps of training', 500);
        await figure.getByText('The numbers behind the curve').click();
        const rows = await figure.locator('tbody tr').evaluateAll(rows => rows.map(row => row.innerText.split('\t')));
        const found = rows.filter(row => row.length === 4 && row[0] !== '0').map(([step, loss]) => [step, loss]);
        assert.deepEqual(found, progress.filter((_, place) => (place + 1) % 25 === 0)
            .map(line => [line.slice(4, 9).trim(), line.slice(-6)]));
    });
    await open(LESSON_5_0, {}, async page => {
        const figure = await widget(page, 'sampling');
        assert.deepEqual(await figure.locator('.samples b').allTextContents(), samples);
    });
});

test('it plays from the beginning to the end, pauses, and steps on by the keyboard', async () => {
    await open(LESSON_4_0, {}, async page => {
        const figure = await widget(page, 'curve');
        const play = figure.getByRole('button', { name: 'play or pause' });
        const steps = slider(figure, 'Steps of training');
        await play.focus();
        await page.keyboard.press('Enter');
        // Pressed in the page itself: the film does not wait for a test.
        await figure.evaluate(element => new Promise(resolve => {
            element.addEventListener('shown', function pause() {
                if (Number(element.querySelector('[name="step"]').value) >= 50) {
                    element.removeEventListener('shown', pause);
                    document.activeElement.click();
                    resolve();
                }
            });
        }));
        await settled(figure);
        const paused = Number(await steps.inputValue());
        assert.ok(paused >= 50 && paused < 500);
        await page.waitForTimeout(200); // more than a picture of the film
        assert.equal(Number(await steps.inputValue()), paused);
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter'); // +1
        await settled(figure);
        assert.equal(await figure.locator('.progress').textContent(), progress[paused]);
        await steps.focus();
        await page.keyboard.press('ArrowLeft');
        await settled(figure);
        assert.equal(await figure.locator('.progress').textContent(), progress[paused - 1]);
        await play.click();
        await figure.locator('.progress', { hasText: 'step 500 /' }).waitFor({ timeout: 120_000 });
        assert.equal(await play.textContent(), 'Play');
    });
});

test('nothing holds the page up while the training plays', async () => {
    await open(LESSON_4_5, {}, async page => {
        const figure = await widget(page, 'training');
        const stop = await trace(page);
        await figure.getByRole('button', { name: 'play or pause' }).click();
        await figure.getByRole('button', { name: 'play or pause' }).and(page.getByText('Pause')).waitFor();
        await figure.getByRole('button', { name: 'play or pause' }).and(page.getByText('Play')).waitFor({ timeout: 120_000 });
        const tasks = mainTasks(await stop());
        // As a part of all that the page had to do, so that it does not matter how fast a machine is: 50 ms of one
        // second. A training in the page itself would be one task or few.
        const all = tasks.reduce((sum, tdur) => sum + tdur, 0);
        assert.ok(tasks.length > 100, `${tasks.length} tasks`);
        assert.ok(Math.max(...tasks) < all / 20, `one task takes ${Math.max(...tasks)} of ${all} µs`);
    });
});

test('every setting trains again, without the network too', async () => {
    await open(LESSON_4_5, {}, async page => {
        const figure = await widget(page, 'training');
        const names = () => figure.locator('.samples').textContent();
        const line = await figure.locator('.summary').textContent();
        const usual = await names();
        await page.context().setOffline(true);
        for (const [name, value] of [
            ['Learning rate', '0.03'], ['β₁', '0.5'], ['β₂', '0.99'], ['Width n_embd', '32'], ['Heads n_head', '2'],
            ['Seed', '7'],
        ]) {
            const before = await slider(figure, name).inputValue();
            await drag(page, figure, name, value);
            assert.notEqual(await names(), usual, name);
            await slider(figure, name).evaluate((input, value) => {
                input.value = value;
                input.dispatchEvent(new Event('input', { bubbles: true }));
            }, before);
            await settled(figure);
            assert.equal(await names(), usual, name);
        }
        for (const box of await figure.getByRole('checkbox').all()) {
            await box.check();
            await settled(figure);
            assert.notEqual(await names(), usual);
            await box.uncheck();
            await settled(figure);
        }
        assert.equal(await figure.locator('.summary').textContent(), line);
    });
});

test('the film ends where the training ends, however long that is', async () => {
    await open(LESSON_4_5, {}, async page => {
        const figure = await widget(page, 'training');
        const steps = slider(figure, 'Steps of training');
        for (const number of ['2000', '50', '1000', '500']) {
            await drag(page, figure, 'Steps in all', number);
            await figure.locator('.summary', { hasText: `After ${number} of ${number} steps` }).waitFor();
            assert.deepEqual([await steps.inputValue(), await steps.getAttribute('max')], [number, number]);
        }
        await page.waitForURL(url => url.search === '');
        await drag(page, figure, 'Steps of training', 300);
        await drag(page, figure, 'Steps in all', '1000');
        await figure.locator('.summary', { hasText: 'After 300 of 1000 steps' }).waitFor();
    });
    await open(LESSON_4_5 + '?steps=2000&step=1500', {}, async page => {
        const figure = await widget(page, 'training');
        await figure.locator('.summary', { hasText: 'After 1500 of 2000 steps' }).waitFor();
    });
});

test('a training that breaks says so, and sizes that do not fit have a message', async () => {
    await open(LESSON_4_3, {}, async page => {
        const figure = await widget(page, 'descent');
        await drag(page, figure, 'Learning rate', '1');
        await figure.locator('.summary', { hasText: 'Stopped: training failed at step 56' }).waitFor();
        // The film ends there, and goes on when the training does.
        assert.equal(await slider(figure, 'Steps of training').getAttribute('max'), '55');
        await drag(page, figure, 'Learning rate', '0.1');
        await figure.locator('.summary', { hasText: 'After 500 of 500 steps' }).waitFor();
        await figure.getByRole('button', { name: 'Reset' }).click();
        await figure.locator('.summary', { hasText: 'After 500 of 500 steps' }).waitFor();
    });
    await open(LESSON_4_5, {}, async page => {
        const figure = await widget(page, 'training');
        await drag(page, figure, 'Width n_embd', '4');
        const place = () => slider(figure, 'Heads n_head').evaluate(input => JSON.stringify(input.getBoundingClientRect()));
        const before = await place();
        await drag(page, figure, 'Heads n_head', '8');
        await figure.locator('.problem', { hasText: 'make it a multiple of n_head' }).waitFor();
        assert.equal(await place(), before); // a message moves nothing
        assert.ok(await figure.locator('.plot').first().isVisible());
    });
});

test('an address with a value that a slider does not have leaves it as it was', async () => {
    await open(LESSON_4_3 + '?lr=0.2', {}, async page => {
        const figure = await widget(page, 'descent');
        assert.equal(await slider(figure, 'Learning rate').getAttribute('aria-valuetext'), '0.1');
    });
});

test('a parameter is chosen, and its sliders end where its matrix ends', async () => {
    await open(LESSON_4_4, {}, async page => {
        const figure = await widget(page, 'adam');
        assert.equal(await slider(figure, 'Row').getAttribute('max'), '26');
        await figure.getByRole('combobox', { name: 'Matrix' }).selectOption('wpe');
        await figure.locator('.summary', { hasText: 'wpe[7][0]' }).waitFor();
        await settled(figure);
        assert.equal(await slider(figure, 'Row').getAttribute('max'), '7');
        await slider(figure, 'Row').focus();
        await page.keyboard.press('ArrowLeft');
        await figure.locator('.summary', { hasText: 'wpe[6][0]' }).waitFor();
        await page.waitForURL('**?matrix=wpe&row=6');
    });
    await open(LESSON_4_4 + '?step=4', {}, async page => {
        const figure = await widget(page, 'adam');
        await figure.locator('.summary', { hasText: 'Step 4, lm_head[13][0]: gradient 0.11548' }).waitFor();
        // the lesson's own table
        const lesson = (await page.locator('pre', { hasText: 'p.data after' }).first().textContent()).split('\n');
        const after = lesson.find(line => line.startsWith('p.data after')).match(/-?\d\.\d+/g).map(Number);
        const row = figure.locator('tr', { hasText: 'p.data after' }).locator('td');
        const shown = (await row.allTextContents()).map(text => Number(text.replace('−', '-')));
        after.forEach((number, place) => assert.ok(Math.abs(shown[place] - number) < 6e-7));
    });
});

test('the losses of a typed name are shown, at any step', async () => {
    await open(LESSON_4_1, {}, async page => {
        const figure = await widget(page, 'losses');
        await figure.locator('.summary', { hasText: 'The loss of anna after 500 steps of training is 2.2395' }).waitFor();
        // Before training all dots lie together; with it they slide along the curve.
        const spread = () => figure.locator('.dot').evaluateAll(dots => {
            const places = dots.map(dot => Number(dot.getAttribute('x')));
            return Math.max(...places) - Math.min(...places);
        });
        assert.ok(await spread() > 30);
        await drag(page, figure, 'Steps of training', 0);
        await figure.locator('.summary', { hasText: 'is 3.2785' }).waitFor();
        assert.ok(await spread() < 5);
        await figure.getByRole('textbox', { name: 'Name' }).fill('r2d2');
        await figure.locator('.problem', { hasText: "the character '2'" }).waitFor();
    });
});

test('samples change with temperature, draws and the one looked at', async () => {
    await open(LESSON_5_1, {}, async page => {
        const figure = await widget(page, 'sampling');
        await figure.locator('.samples li', { hasText: 'thiri' }).click();
        await figure.locator('.summary', { hasText: 'Sample 10: thiri (in the file)' }).waitFor();
        await page.waitForURL('**?sample=10');
        await drag(page, figure, 'Sample looked at', 1);
        await drag(page, figure, 'Temperature', '1');
        await figure.locator('.summary', { hasText: 'Sample 1: eryl' }).waitFor();
        await drag(page, figure, 'Other draws', 3);
        assert.notEqual((await figure.locator('.samples b').allTextContents())[0], 'eryl');
    });
});

test('the names of earlier steps stay beside the curve, and a click goes back to them', async () => {
    await open('00-the-big-picture/02-the-learning-machine-analogy.html', {}, async page => {
        const figure = await widget(page, 'curve');
        const form = figure.locator('form');
        const names = step => form.locator('.moments tr', { hasText: new RegExp(`^step ${step}(?!\\d)`) });
        assert.equal((await names(100).locator('td').textContent()).trim(), '');
        await drag(page, figure, 'Steps of training', 300);
        const early = (await names(100).locator('td').textContent()).trim();
        assert.equal(early.split(' ').length, 5);
        const squares = () => form.locator('.squares').evaluate(map => map.innerHTML);
        const later = await squares();
        await names(100).click();
        await form.locator('.summary', { hasText: 'After 100 of 500 steps' }).waitFor();
        const now = await form.locator('.samples b').allTextContents();
        assert.deepEqual(now.slice(0, 5), early.split(' '));
        assert.notEqual(await squares(), later);
        await page.waitForURL('**?step=100');
    });
});

test('letters are drawn one by one, where the random number falls', async () => {
    await open(LESSON_5_0, {}, async page => {
        const figure = await widget(page, 'sampling');
        const says = text => figure.locator('.summary', { hasText: text }).waitFor();
        const written = () => figure.locator('.drawing').first().locator('.name').allTextContents();
        await says(/At position 0 the random number 0\.\d{4} falls on g, which has 1\.2 %\./);
        assert.deepEqual(await written(), ['BOS', 'g', '?', '?', '?', '?']);
        const next = figure.getByRole('button', { name: 'Draw the next letter' });
        await next.focus();
        for (const [place, token] of [[1, 'i'], [2, 't'], [3, 'e'], [4, 'BOS']]) {
            await page.keyboard.press('Enter');
            await says(`At position ${place} the random number`);
            assert.equal((await written())[place + 1], token);
            // The line of the random number stands in the part of its token.
            const [part, point] = await figure.locator('.drawing').first().evaluate(drawing => {
                const part = drawing.querySelector('.part.bar').getBoundingClientRect();
                const point = drawing.querySelector('.point').getBoundingClientRect();
                return [[part.left, part.right], (point.left + point.right) / 2];
            });
            assert.ok(part[0] - 1 <= point && point <= part[1] + 1, `${point} in ${part}`);
        }
        await page.waitForURL('**?letter=4');
        await figure.getByRole('button', { name: 'Begin the next name' }).click();
        await says('Sample 2: nanola');
        assert.equal((await written()).filter(name => name === '?').length, 6);
        // The bars follow the temperature, and so does the one that is drawn.
        const bars = () => figure.locator('.drawing').first().locator('.bar:not(.part)').evaluateAll(bars =>
            bars.map(bar => Number(bar.getAttribute('height'))));
        // The axis ends where it says, 140 above its ground.
        const probs = async () => {
            const end = parseFloat(await figure.locator('.drawing .tick').first().textContent()) / 100;
            return (await bars()).map(height => height / 140 * end);
        };
        const before = await probs();
        assert.equal(before.length, 27);
        await drag(page, figure, 'Temperature', '5');
        assert.ok(Math.max(...await probs()) < Math.max(...before) / 2);
        assert.ok(Math.abs((await probs()).reduce((sum, p) => sum + p, 0) - 1) < 0.02);
    });
});

test('the ball goes down the line, and a step that is too large ends higher', async () => {
    await open(LESSON_4_3, {}, async page => {
        const figure = await widget(page, 'line');
        const ball = () => figure.locator('.ball').first().getAttribute('d');
        await figure.locator('.summary', { hasText: 'after 1 step the loss is 2.9555, before 3.2785' }).waitFor();
        const first = await ball();
        await figure.getByRole('button', { name: '+1: Steps of the ball' }).click();
        await figure.locator('.summary', { hasText: 'after 2 steps' }).waitFor();
        assert.notEqual(await ball(), first);
        await drag(page, figure, 'Learning rate', '5');
        await figure.locator('.summary', { hasText: 'The first step is too large' }).waitFor();
        await figure.getByRole('textbox', { name: 'Name' }).fill('zoe');
        await figure.locator('.summary', { hasText: 'zoe, learning rate 5' }).waitFor();
        await page.waitForURL('**?*name=zoe*');
        await figure.getByRole('button', { name: 'Reset' }).click();
        await figure.locator('.summary', { hasText: '2.9555' }).waitFor();
        assert.equal(await ball(), first);
    });
});

test('without scripts the first figure stands there', async () => {
    for (const [path, name] of [[LESSON_4_0, 'curve'], [LESSON_4_4, 'adam'], [LESSON_5_1, 'sampling']]) {
        await open(path, { javaScriptEnabled: false }, async page => {
            const figure = page.locator(`microgpt-${name}`);
            assert.ok((await figure.locator('.summary').textContent()).includes('500'));
            assert.equal(await figure.locator('fieldset').isVisible(), false);
            assert.equal(await figure.locator('.without').isVisible(), true);
        });
    }
});
