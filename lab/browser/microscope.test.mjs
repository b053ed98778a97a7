// The gradient microscope and the knob, on their page.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { close, open, widget } from './site.mjs';
import { rows } from './lesson.mjs';

const PAGE = 'beyond/gradient-microscope.html';

const axe = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** The numbers of a line that the example of the page prints. */
const printed = async (label, start) => {
    const text = await readFile(new URL('../../examples/gradient_microscope.txt', import.meta.url), 'utf8');
    const block = text.split(`--- ${label} ---\n`)[1].split('\n\n')[0].split('\n');
    return block.find(line => line.startsWith(start)).slice(start.length).match(/-?\d[\d.]*/g).map(Number);
};

const summary = (figure, text) => figure.locator('.summary', { hasText: text }).waitFor();

after(close);

test('the page shows what its example prints, with scripts and without', async () => {
    const [gradient] = await printed('one parameter', 'gradient: ');
    const [before] = await printed('turned', 'as it is: ');
    for (const javaScriptEnabled of [false, true]) {
        await open(PAGE, { javaScriptEnabled }, async page => {
            const [microscope, knob] = ['microscope', 'knob'].map(name => page.locator(`microgpt-${name}`));
            if (javaScriptEnabled) for (const name of ['microscope', 'knob']) await widget(page, name);
            assert.ok((await microscope.locator('.summary').innerText()).includes('the sum over 2 uses and 6.252 × 10¹³ paths'));
            const parts = (await rows(microscope)).filter(row => row.length === 6).map(row => Number(row[5]));
            assert.ok(Math.abs(parts[2] - gradient) < 1e-4 && Math.abs(parts[0] + parts[1] - parts[2]) < 2e-5, `${parts}`);
            assert.ok((await knob.locator('.summary').innerText()).includes(`the loss of anna is ${before}`));
            assert.equal(await knob.getByText('0 of them changed').count(), 1);
        });
    }
});

test('a cell of a matrix, the keyboard and the address choose a parameter', async () => {
    await open(PAGE, {}, async page => {
        const figure = await widget(page, 'microscope');
        const row = figure.locator('rect[data-set="place=layer0.mlp_fc1&row=5"]');
        const { width } = await row.boundingBox();
        await row.click({ position: { x: 3.5 * width / 16, y: 1 } });
        await summary(figure, 'mlp_fc1[5][3], to output 5 from input 3,');
        await page.waitForURL('**?place=layer0.mlp_fc1&row=5&col=3');
        await figure.getByRole('slider', { name: 'Column, or index' }).focus();
        await page.keyboard.press('ArrowRight');
        await summary(figure, 'mlp_fc1[5][4]');
        // The knob below stands at the same number.
        await summary(await widget(page, 'knob'), 'mlp_fc1[5][4]');
    });
    await open(`${PAGE}?place=layer0.attn_wq&row=2&col=3&step=0`, {}, async page => {
        const figure = await widget(page, 'microscope');
        await summary(figure, 'multiplied with an entry of attn_wo that is exactly 0');
        assert.equal(await figure.getByRole('slider', { name: 'Column, or index' }).inputValue(), '3');
    });
});

test('another path is opened line by line, and its factors are its product', async () => {
    await open(PAGE, {}, async page => {
        const figure = await widget(page, 'microscope');
        await figure.getByRole('list', { name: 'The thickest paths' }).locator('li').nth(2).click();
        await figure.getByText('Path 3, line by line').waitFor();
        const steps = (await rows(figure)).filter(row => row.length === 5 && /^(all|\d \()/.test(row[0]));
        const product = steps.flatMap(row => row[3].split(' · ')).reduce((product, factor) => product * Number(factor), 1);
        const shown = Number(steps.at(-1)[4]);
        assert.ok(Math.abs(product - shown) < 0.01 * Math.abs(shown), `${product} ${shown}`);
        assert.equal(steps.at(-1)[1], '169');
    });
});

test('a knob changes what is downstream, and one button puts it back', async () => {
    const [loss] = await printed('turned', 'head 2 off: ');
    await open(PAGE, {}, async page => {
        const figure = await widget(page, 'knob');
        const back = figure.getByRole('button', { name: 'Put it back' });
        await figure.getByRole('combobox', { name: 'Switch off' }).selectOption('2');
        await summary(figure, `head 2 is off. The loss of anna was 2.2395 and is now ${loss}.`);
        await page.waitForURL('**?off=2');
        await figure.getByRole('textbox', { name: 'Set it to' }).fill('−2');
        await summary(figure, 'was 0.1539 and is now −2; head 2 is off');
        assert.ok((await figure.locator('.drawing').first().getAttribute('aria-label')).includes('logits, line 143: 27 of 27 changed'));
        await back.focus();
        await page.keyboard.press('Enter');
        await summary(figure, 'Nothing is turned.');
        assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Put it back');
        const here = page.url().replace(/\?.*/, '');
        await page.keyboard.press('ArrowLeft');
        assert.ok(page.url().startsWith(here), 'an arrow key does not leave the page');
        assert.equal(await figure.getByRole('textbox', { name: 'Set it to' }).inputValue(), '');
        await page.waitForURL(url => url.search === '');
    });
});

test('what cannot be is said beside its control, and nothing breaks', async () => {
    await open(PAGE, {}, async page => {
        const figure = await widget(page, 'knob');
        const says = (name, text) => figure.locator('.control', { has: page.getByRole('textbox', { name }) })
            .locator('.problem', { hasText: text }).waitFor();
        const to = figure.getByRole('textbox', { name: 'Set it to' });
        for (const text of ['much', '1e5', '--2', '1234567890123456']) {
            await to.fill(text);
            await says('Set it to', 'Type a number such as 0.5');
        }
        await figure.getByRole('combobox', { name: 'Number' }).selectOption('logits');
        await to.fill('999999999999999');
        await says('Set it to', 'is too far: at position');
        await to.fill('0.5');
        await summary(figure, 'is now 0.5');
        for (const [name, text] of [['', 'Type a name'], ['anna2', "the character '2'"], ['a'.repeat(30), 'at most 24']]) {
            await figure.getByRole('textbox', { name: 'Name' }).fill(name);
            await says('Name', text);
        }
        await figure.getByRole('textbox', { name: 'Name' }).fill('zoe');
        await summary(figure, 'The loss of zoe was');
    });
    // What the address asks for and no control has is said, and what is nearest is taken.
    for (const [query, said, search] of [
        ['step=501', '“501”; here it goes from 0 to 500', ''], ['row=64', '“64”; here it goes from 0 to 26', '?row=63'],
        ['place=nothing', '“nothing”, which cannot be here', ''], ['off=9', '“9”, which cannot be here', ''],
        ['path=0', '“0”; here it goes from 1 to 10', ''], ['nudge=7', '“7”, which cannot be here', ''],
        ['letter=é', '“é”, which cannot be here', ''],
    ]) {
        await open(`${PAGE}?${query}`, {}, async page => {
            const problems = [];
            for (const name of ['microscope', 'knob']) {
                problems.push(...await (await widget(page, name)).locator('.problem').allTextContents());
            }
            assert.deepEqual([...new Set(problems)].join(''), `The address asks for ${said}.`, query);
            await page.waitForURL(url => url.search === search);
        });
    }
});

test('it is accessible whatever is chosen', async () => {
    for (const [query, dark] of [['place=layer0.attn_wq&step=0', false], ['place=x_attn&off=1&to=3', true]]) {
        await open(`${PAGE}?${query}`, { bypassCSP: true, dark, width: 320 }, async page => {
            for (const name of ['microscope', 'knob']) await widget(page, name);
            await page.evaluate(() => document.querySelectorAll('details').forEach(box => { box.open = true; }));
            assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
            await page.evaluate(axe);
            const { violations } = await page.evaluate(() => axe.run());
            assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
        });
    }
});

test('any choice is seen', async () => {
    const times = {};
    for (const name of ['microscope', 'knob']) {
        await open(PAGE, {}, async page => {
            const figure = await widget(page, name);
            times[name] = await figure.evaluate(async figure => {
                // Each differs from the one before.
                const choices = [
                    ['step', '100'], ['step', '99'], ['step', '500'], ['row', '0'], ['place', 'layer0.attn_wq'], ['place', 'k'],
                    ['place', 'wte'], ['path', '7'], ['name', 'dorottya'], ['off', '2'], ['letter', 'a'], ['by', 'e'], ['to', '1'],
                ];
                const times = [];
                for (const [name, value] of choices) {
                    const control = figure.querySelector(`[name="${name}"]`);
                    if (control === null) continue;
                    const start = performance.now();
                    await new Promise(resolve => {
                        figure.addEventListener('shown', resolve, { once: true });
                        control.value = value;
                        control.dispatchEvent(new Event('input', { bubbles: true }));
                    });
                    times.push(Math.round(performance.now() - start));
                }
                return times.sort((a, b) => a - b);
            });
        });
    }
    // How soon depends on what else the machine does: it is said, not judged.
    console.log(`milliseconds until a choice is seen: ${JSON.stringify(times)}`);
});
