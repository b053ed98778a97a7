// What the lessons print, and what a figure shows, to compare the two.

import { readFile } from 'node:fs/promises';

/** The lines of a labelled block that a lesson's example prints, in words. */
export async function block(lesson, label) {
    const text = await readFile(new URL(`../../examples/lesson_${lesson}.txt`, import.meta.url), 'utf8');
    return text.split(`--- ${label} ---\n`)[1].split('\n\n')[0].trimEnd().split('\n').map(line => line.trim().split(/\s+/));
}

/** The text of an element, with minus signs as the lessons' programs print them. */
const plain = text => text.replaceAll('−', '-');

/** The cells of the tables of a figure. */
export const rows = async figure => (await figure.locator('tbody tr').evaluateAll(rows =>
    rows.map(row => [...row.cells].map(cell => cell.textContent)))).map(row => row.map(plain));

/** The numbers of the vector of a figure. */
export const vector = async figure => (await figure.locator('.vector li').allTextContents()).map(plain);
