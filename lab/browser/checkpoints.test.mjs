// Checkpoints, boxes, and quotes beside their explanations, on a made-up lesson that has one of everything.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const book = await mkdtemp(join(tmpdir(), 'lesson-'));
const folder = join(book, 'course/01-data-and-tokenization');
const LESSON = '01-data-and-tokenization/02-the-bos-token';
await mkdir(folder, { recursive: true });
await mkdir(join(book, 'examples'));
for (const path of ['book.toml', 'theme', 'microgpt.py', 'course/assets']) {
    await cp(join(root, path), join(book, path), { recursive: true });
}
await cp(join(root, 'book/tests/lesson/lesson.md'), join(folder, '02-the-bos-token.md'));
await cp(join(root, 'book/tests/lesson/the-bos-token.svg'), join(folder, 'the-bos-token.svg'));
await cp(join(root, 'book/tests/lesson/lesson.txt'), join(book, 'examples/lesson_01_the_bos_token.txt'));
await writeFile(join(book, 'course/SUMMARY.md'), `# Summary\n\n- [1.2 The BOS token](${LESSON}.md)\n`);
execFileSync(process.env.BOOK_COMMAND ?? join(root, 'target/debug/book'), ['--root', book, 'build']);
process.env.BOOK = join(book, 'target/book');
const { close, open: visit, widget } = await import('./site.mjs');
const PAGE = `${LESSON}.html`;

after(async () => {
    await close();
    await rm(book, { recursive: true });
});

const checkpoint = (page, id) => page.locator(`[data-checkpoint="${id}"]`);
const feedback = section => section.locator('.feedback');
const kept = page => page.evaluate(() => JSON.parse(localStorage.getItem('microgpt-progress') ?? '{}'));

/** Opens the page and waits until its checkpoints are alive. */
const open = (options, read) => visit(PAGE, options, async (page, complaints) => {
    await page.waitForLoadState('networkidle');
    await read(page, complaints);
});

test('a number is judged in any notation, with the hint that fits', async () => {
    await open({}, async page => {
        const section = checkpoint(page, 'share');
        const field = section.getByLabel('Your answer');
        for (const [typed, said] of [
            ['much', 'Type a number'], ['0.43', 'the share of the others'], ['3/7', 'the share of the others'],
            ['1.75', 'seven by four'], ['0.9', 'Another number'],
        ]) {
            await field.fill(typed);
            await field.press('Enter');
            await feedback(section).getByText(said).waitFor();
            assert.equal(await section.getAttribute('data-passed'), null, typed);
        }
        assert.ok(!/close|wrong/i.test(await feedback(section).textContent() ?? ''));
        for (const typed of ['0.57', '.573', '57 %', '4/7']) {
            await field.fill(typed);
            await section.getByRole('button', { name: 'Check' }).click();
            await feedback(section).getByText('Right.').waitFor();
        }
        assert.equal(await section.locator('details').getAttribute('open'), '');
        assert.deepEqual(await kept(page), { version: 1, passed: { [LESSON]: ['share'] } });
    });
});

test('every option of a choice explains itself once it is chosen', async () => {
    await open({}, async page => {
        const section = checkpoint(page, 'missing');
        await section.getByRole('button', { name: 'Check' }).click();
        await feedback(section).getByText('Choose one first.').waitFor();
        await section.getByLabel('the first letter').check();
        await section.getByRole('button', { name: 'Check' }).click();
        await feedback(section).getByText('nothing says that it is the first').waitFor();
        assert.equal(await section.getAttribute('data-passed'), null);
        await section.getByLabel('the end of a name').focus();
        await page.keyboard.press('Space');
        await page.keyboard.press('Enter');
        await feedback(section).getByText('no token for it').waitFor();
        assert.equal(await section.getAttribute('data-passed'), '');
    });
});

test('a line is clicked in the quote or chosen from a list', async () => {
    await open({}, async page => {
        const section = checkpoint(page, 'line-158');
        await section.getByLabel('Line').selectOption('157');
        await section.getByRole('button', { name: 'Check' }).click();
        await feedback(section).getByText('it only makes the tokens').waitFor();
        const ask = section.getByRole('button', { name: 'Click it in the quote' });
        await ask.click();
        await page.locator('figure.quote figcaption').first().click();
        await feedback(section).getByText('it only makes the tokens').waitFor(); // no line, and no answer
        await ask.click();
        const code = await page.locator('figure.quote pre > code').boundingBox();
        await page.mouse.click(code.x + 80, code.y + code.height - 25);
        await feedback(section).getByText('Right.').waitFor();
        assert.equal(await section.getByLabel('Line').inputValue(), '158');
        assert.equal(await page.locator('.asking').count(), 0);
    });
});

test('a state of the widget is seen when the reader has reached it', async () => {
    await open({}, async page => {
        const section = checkpoint(page, 'state-tokenizer');
        const figure = await widget(page, 'tokenizer');
        await figure.getByRole('textbox', { name: 'Name' }).fill('liz');
        await figure.locator('.summary', { hasText: 'liz:' }).waitFor();
        assert.equal(await section.getAttribute('data-passed'), null);
        await figure.getByRole('textbox', { name: 'Name' }).fill('lizzy');
        await feedback(section).getByText('Right.').waitFor();
    });
});

test('what was passed is there after a reload, until the reader starts again', async () => {
    await open({}, async page => {
        const again = page.getByRole('button', { name: 'Start this lesson again' });
        assert.ok(await again.isDisabled());
        await checkpoint(page, 'share').getByLabel('Your answer').fill('4/7');
        await page.keyboard.press('Enter');
        await page.reload();
        await feedback(checkpoint(page, 'share')).getByText('Passed.').waitFor();
        assert.equal(await checkpoint(page, 'share').getByLabel('Your answer').inputValue(), '0.57');
        await again.click();
        assert.equal(await checkpoint(page, 'share').getAttribute('data-passed'), null);
        assert.equal(await checkpoint(page, 'share').getByLabel('Your answer').inputValue(), '');
        assert.deepEqual(await kept(page), { version: 1, passed: {} });
        await page.evaluate(() => {
            localStorage.setItem('microgpt-progress', '{"version":1,"passed":{"01-x/other":["a"],"01-x/third":["b"]}}');
        });
        await page.reload();
        const all = page.getByRole('button', { name: 'Start all lessons again' });
        assert.ok(await again.isDisabled() && await all.isEnabled());
        await all.click();
        assert.ok(await all.isDisabled());
        assert.ok(await page.evaluate(() => document.activeElement?.matches('.restart')), 'the focus stays here');
        assert.deepEqual(await kept(page), { version: 1, passed: {} });
    });
});

test('damaged progress is dropped in silence, and without storage the page works', async () => {
    for (const text of ['{', '[]', '{"version":7,"passed":{"x":["y"]}}', '{"version":1,"passed":3}']) {
        await open({}, async page => {
            await page.evaluate(text => localStorage.setItem('microgpt-progress', text), text);
            await page.reload();
            await checkpoint(page, 'share').getByLabel('Your answer').fill('4/7');
            await page.keyboard.press('Enter');
            await feedback(checkpoint(page, 'share')).getByText('Right.').waitFor();
        });
    }
    await open({}, async page => {
        await page.addInitScript(() => {
            Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };
        });
        await page.reload();
        await checkpoint(page, 'share').getByLabel('Your answer').fill('4/7');
        await page.keyboard.press('Enter');
        await feedback(checkpoint(page, 'share')).getByText('Right.').waitFor();
    });
});

test('a page that the browser has translated judges as well', async () => {
    await open({}, async page => {
        // What a translator does: other text, wrapped in elements of its own.
        await page.evaluate(() => {
            for (const element of document.querySelectorAll('main :is(p, li, label, button, strong, em, summary)')) {
                for (const node of [...element.childNodes]) {
                    if (node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '') {
                        const font = document.createElement('font');
                        font.textContent = 'etwas';
                        node.replaceWith(font);
                    }
                }
            }
        });
        const missing = checkpoint(page, 'missing');
        await missing.locator('input').nth(0).check();
        await missing.locator('.ask button').click();
        assert.equal(await missing.getAttribute('data-passed'), null);
        await missing.locator('input').nth(1).check();
        await missing.locator('.ask button').click();
        assert.equal(await missing.getAttribute('data-passed'), '');
        await checkpoint(page, 'share').locator('input').fill('57 %');
        await page.keyboard.press('Enter');
        assert.equal(await checkpoint(page, 'share').getAttribute('data-passed'), '');
    });
});

test('without scripts there is a question with a folded answer', async () => {
    await visit(PAGE, { javaScriptEnabled: false }, async page => {
        const section = checkpoint(page, 'share');
        assert.ok(await section.getByText('What is the share').isVisible());
        assert.ok(!await section.locator('.asked').isVisible());
        assert.ok(!await checkpoint(page, 'missing').locator('input').first().isVisible());
        await section.locator('summary').click();
        assert.ok(await section.getByText('four of seven').isVisible());
        assert.ok(!await page.getByText('A walrus').isVisible());
        await page.locator('details.box > summary').first().click();
        assert.ok(await page.getByText('A walrus').isVisible());
    });
});

test('a box opens for a link, for the browser\'s find, and for those who read Rust', async () => {
    const box = '#one-token-or-two-here-it-makes-no-difference';
    await open({}, async page => {
        const text = page.getByText('A walrus');
        assert.ok(!await text.isVisible());
        await page.evaluate(box => { location.hash = box; }, box);
        await text.waitFor();
        await page.locator('details.box > summary').first().click();
        assert.ok(!await text.isVisible(), 'the title closes it again');
        assert.ok(await page.evaluate(() => window.find('walrus')), 'find looks into closed boxes');
        assert.ok(!await page.getByText('let bos').isVisible());
        await page.getByLabel('I read Rust').check();
        await page.getByText('let bos').waitFor();
        await page.reload();
        await page.getByText('let bos').waitFor();
        assert.ok(await page.getByLabel('I read Rust').isChecked());
    });
    await visit(PAGE + box, {}, page => page.getByText('A walrus').waitFor());
});

test('on paper everything is open and nothing asks', async () => {
    for (const javaScriptEnabled of [true, false]) {
        await visit(PAGE, { javaScriptEnabled }, async page => {
            await page.waitForLoadState('networkidle');
            if (javaScriptEnabled) await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
            await page.emulateMedia({ media: 'print' });
            assert.ok(await page.getByText('A walrus').isVisible(), `scripts: ${javaScriptEnabled}`);
            assert.ok(await page.getByText('four of seven').isVisible());
            assert.ok(!await page.locator('.asked').first().isVisible());
        });
    }
});

test('the line that is explained is marked in its quote, and a click on a line finds its explanation', async () => {
    for (const width of [1500, 1000, 390]) {
        await open({ width }, async page => {
            const quote = page.locator('figure.quote');
            await page.locator('.line', { hasText: 'Lines 157–158' }).focus();
            await page.locator('.line.current', { hasText: 'Lines 157–158' }).waitFor();
            const mark = await quote.locator('.listing').evaluate(listing => {
                const { top, height } = getComputedStyle(listing, '::before');
                return [parseFloat(top), parseFloat(height)];
            });
            const code = await quote.locator('pre > code').evaluate(code => {
                const { paddingTop, lineHeight } = getComputedStyle(code);
                return [parseFloat(paddingTop), parseFloat(lineHeight)];
            });
            assert.ok(Math.abs(mark[0] - (code[0] + 2 * code[1])) < 1.5, `${width}: ${mark} ${code}`);
            assert.ok(Math.abs(mark[1] - 2 * code[1]) < 1.5, `${width}: ${mark} ${code}`);
            const { x, y } = await quote.locator('pre > code').boundingBox();
            await page.mouse.click(x + 60, y + code[0] + 1.5 * code[1]);
            await page.locator('.line.current', { hasText: 'Line 156' }).waitFor();
            const [left, right] = [await quote.boundingBox(), await page.locator('.explanations').boundingBox()];
            assert.equal(right.x > left.x + left.width, width === 1500, 'side by side where there is room');
            assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
        });
    }
});

test('nothing is wrong with it for those who use it otherwise', async () => {
    const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
    for (const dark of [false, true]) {
        await open({ dark }, async page => {
            await checkpoint(page, 'share').getByLabel('Your answer').fill('4/7');
            await page.keyboard.press('Enter');
            await page.evaluate(() => document.querySelectorAll('details').forEach(fold => { fold.open = true; }));
            await page.evaluate(axe);
            const { violations } = await page.evaluate(() => window.axe.run('main'));
            assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), []);
        });
    }
});
