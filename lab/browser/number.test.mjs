// Numbers in every notation that a reader would type, and progress of every kind that a browser may have kept.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { near, parse } from '../js/number.js';
import { parse as kept } from '../js/progress.js';

test('a number is understood in every notation', () => {
    for (const [text, value] of [
        ['0.57', 0.57], ['.573', 0.573], ['0,57', 0.57], ['57 %', 0.57], ['57%', 0.57], ['4/7', 4 / 7], ['−3', -3],
        ['- 3', -3], ['+2', 2], ['1e-3', 0.001], ['1.2 × 10^-3', 0.0012], ['1.2*10^3', 1200], ['1.2x10-3', 0.0012], ['4,064', 4064],
        ['4 064', 4064], ['4_064', 4064], ['1,234,567.5', 1234567.5], ['0,125', 0.125], ['7.', 7], [' 12 ', 12],
        ['−1/4', -0.25], ['12.5 %', 0.125],
    ]) {
        const typed = parse(text).value;
        assert.ok(Math.abs(typed - value) < 1e-12, `${text}: ${typed}`);
    }
    assert.ok(parse('43 %').percent && !parse('0.43').percent);
});

test('what is no number is none', () => {
    for (const text of ['', ' ', 'x', '1.2.3', '1/0', '1/2/3', '--3', '%', '/', '1e', '4*100', '5 × 1000', 'Infinity', '0x10', '1 and 2']) {
        assert.ok(Number.isNaN(parse(text).value), text);
    }
});

test('it is right to the precision asked', () => {
    assert.ok(near(0.57, 4 / 7, 0.01) && near(4 / 7, 4 / 7, 0.01) && near(0.58, 4 / 7, 0.01));
    assert.ok(!near(0.59, 4 / 7, 0.01) && !near(0.56, 4 / 7, 0.01) && !near(-0.57, 4 / 7, 0.01));
    assert.ok(near(0.61, 0.62, 0.01), 'one unit off, whatever the binary says');
    assert.ok(near(27, 27, 0) && !near(28, 27, 0) && !near(27.1, 27, 0));
});

test('kept progress that is damaged, old or foreign is dropped', () => {
    const good = kept('{"version":1,"passed":{"01-x/02-y":["a","b"]}}');
    assert.deepEqual([...good.get('01-x/02-y')], ['a', 'b']);
    for (const text of [
        null, '', '{', '[]', '3', 'null', '"x"', '{}', '{"version":0,"passed":{"x":["a"]}}', '{"version":1}',
        '{"version":1,"passed":null}', '{"version":1,"passed":[["a"]]}', '{"version":1,"passed":{"x":"a"}}',
    ]) {
        assert.equal(kept(text).size, 0, text);
    }
    assert.deepEqual([...kept('{"version":1,"passed":{"x":["a",7,null]}}').get('x')], ['a']);
});
