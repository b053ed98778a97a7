// The editor of a task: CodeMirror with what a few lines of Python need, and nothing more.

import { defaultKeymap, history, historyKeymap, indentWithTab, redo, undo } from '@codemirror/commands';
import { pythonLanguage } from '@codemirror/lang-python';
import { bracketMatching, indentOnInput, indentUnit, LanguageSupport, syntaxHighlighting } from '@codemirror/language';
import { EditorState, RangeSetBuilder, StateEffect, StateField } from '@codemirror/state';
import { Decoration, EditorView, keymap, lineNumbers, ViewPlugin } from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';

/** Marks a line as the one with the error, until the text is another one. @type {import('@codemirror/state').StateEffectType<number>} */
const mark = StateEffect.define();

const faults = StateField.define({
    create: () => Decoration.none,
    update(faults, { docChanged, effects, state }) {
        for (const effect of effects) {
            if (effect.is(mark)) {
                const line = effect.value >= 1 && effect.value <= state.doc.lines ? state.doc.line(effect.value) : null;
                return line ? Decoration.set(Decoration.line({ class: 'fault' }).range(line.from)) : Decoration.none;
            }
        }
        return docChanged ? Decoration.none : faults;
    },
    provide: field => EditorView.decorations.from(field),
});

/** Lines that do not fit go on below where they begin, no deeper: else they would look like a block. @param {EditorView} view */
function hanging({ state, visibleRanges }) {
    /** @type {RangeSetBuilder<Decoration>} */
    const lines = new RangeSetBuilder();
    let last = -1;
    for (const { from, to } of visibleRanges) {
        for (let at = from; at <= to;) {
            const line = state.doc.lineAt(at);
            if (line.from > last) {
                last = line.from;
                const indent = Math.min(/^ */.exec(line.text)?.[0].length ?? 0, 12);
                lines.add(line.from, line.from, Decoration.line({ attributes: { style: `--hang: ${indent}ch` } }));
            }
            at = line.to + 1;
        }
    }
    return lines.finish();
}

const wrapping = ViewPlugin.fromClass(class {
    /** @param {EditorView} view */
    constructor(view) {
        this.decorations = hanging(view);
    }

    /** @param {import('@codemirror/view').ViewUpdate} update */
    update({ docChanged, viewportChanged, view }) {
        if (docChanged || viewportChanged) {
            this.decorations = hanging(view);
        }
    }
}, { decorations: plugin => plugin.decorations });

/** An editor in an element. @param {HTMLElement} parent @param {string} text what stands in it @param {string} label
 * @param {string} described the id of what says how to leave it @param {() => void} run what Control and Enter do
 * @param {(text: string) => void} changed */
export function edit(parent, text, label, described, run, changed) {
    const view = new EditorView({
        parent,
        state: EditorState.create({
            doc: text,
            extensions: [
                lineNumbers(), history(), indentUnit.of('    '), EditorState.tabSize.of(4),
                new LanguageSupport(pythonLanguage), syntaxHighlighting(classHighlighter), bracketMatching(),
                indentOnInput(), EditorView.lineWrapping, wrapping, faults,
                keymap.of([{ key: 'Mod-Enter', run: () => (run(), true) }, indentWithTab, ...historyKeymap, ...defaultKeymap]),
                EditorView.contentAttributes.of({
                    'aria-label': label, 'aria-describedby': described, translate: 'no',
                    autocapitalize: 'off', autocorrect: 'off', spellcheck: 'false',
                }),
                EditorView.updateListener.of(({ docChanged, state }) => docChanged && changed(state.doc.toString())),
            ],
        }),
    });
    return {
        text: () => view.state.doc.toString(),
        undo: () => undo(view),
        redo: () => redo(view),
        focus: () => view.focus(),
        /** Puts another text in; undo brings back what was there. @param {string} insert */
        replace: insert => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert } }),
        /** Marks a line, or none. @param {number | null} line */
        mark: line => view.dispatch({ effects: mark.of(line ?? 0) }),
    };
}
