/* tslint:disable */
/* eslint-disable */

/**
 * What is shown for the values of a widget's controls, or why there is nothing to show.
 */
export class Shown {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The control that has a wrong value, if there is one: then there is nothing else.
     */
    readonly control: string | undefined;
    /**
     * The figure, as HTML.
     */
    readonly figure: string;
    /**
     * Sliders that now end earlier, and where: `row=26&col=15`.
     */
    readonly max: string;
    /**
     * What is wrong with it.
     */
    readonly problem: string | undefined;
    /**
     * What came out, in a sentence.
     */
    readonly summary: string;
}

/**
 * Takes a list for the widget `names`.
 */
export function give_list(bytes: Uint8Array | number[]): void;

/**
 * Takes weights for the widget `names`: of their file the header as a query, and the data; without a header it lets
 * them go again. Gives back what is wrong with them.
 */
export function give_weights(header: string | null | undefined, data: Uint8Array | number[]): string | undefined;

/**
 * What the lines of microgpt.py make in one step on a document after so many steps of training, or without a document
 * in the first two samples: for whoever compares it with Python. For each variable of a line: the line, how many
 * numbers it held, their sum, the first, the middle and the last; before them the part of the program, from 0 to 2.
 */
export function lines(doc: string | null | undefined, step: number): Float64Array;

/**
 * The names of the widgets.
 */
export function names(): string[];

/**
 * The model of the widget `names` as a file of safetensors.
 */
export function save(): Uint8Array;

/**
 * A panic becomes an error of JavaScript that says what happened.
 */
export function start(): void;

/**
 * The losses of the first steps of microgpt.py's training, from scratch: for whoever measures how long that
 * takes here.
 */
export function train(steps: number): Float64Array;

/**
 * What `microgpt-WIDGET` shows for a query such as `name=anna`.
 */
export function view(widget: string, query: string): Shown;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_get_shown_control: (a: number) => [number, number];
    readonly __wbg_get_shown_figure: (a: number) => [number, number];
    readonly __wbg_get_shown_max: (a: number) => [number, number];
    readonly __wbg_get_shown_problem: (a: number) => [number, number];
    readonly __wbg_get_shown_summary: (a: number) => [number, number];
    readonly __wbg_shown_free: (a: number, b: number) => void;
    readonly give_list: (a: number, b: number) => void;
    readonly give_weights: (a: number, b: number, c: number, d: number) => [number, number];
    readonly lines: (a: number, b: number, c: number) => [number, number];
    readonly names: () => [number, number];
    readonly save: () => [number, number];
    readonly start: () => void;
    readonly train: (a: number) => [number, number];
    readonly view: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __externref_drop_slice: (a: number, b: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path?: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
