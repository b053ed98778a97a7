"""
Watches CPython run microgpt.py, line by line (sys.settrace), and writes down what each line makes.

`Lines.record` is called by make.py in the middle of its run of the program, and leaves the program as it was. A
row of the golden file `lines.txt` is one variable of one line: the case (a name after so many steps of training,
or `setup`), the part of the program, the line, the variable, how many numbers it got there in all, a hash of
their bits, their sum, and the first, the middle and the last of them. A list counts as its numbers in order, a
text as those of its characters. The hash is FNV-1a over whole 64-bit words.
"""

import os
import random
import struct
import sys
import textwrap

NAMES = ['anna', 'bo', 'dorottya']
STEPS = [0, 100, 500]
SAMPLES = 2

# What is looked at when a line has run: names, or expressions over what is known there.
HOLDS = {
    19: ['docs'], 20: ['docs'], 21: ['len(docs)'], 24: ['uchars'], 25: ['BOS'], 26: ['vocab_size'],
    75: ['n_embd'], 76: ['n_head'], 77: ['n_layer'], 78: ['block_size'], 79: ['head_dim'],
    81: ["state_dict['wte']", "state_dict['wpe']", "state_dict['lm_head']"], 82: ['i'],
    **{line: [f"state_dict['layer0.{name}']"] for line, name in
       enumerate(['attn_wq', 'attn_wk', 'attn_wv', 'attn_wo', 'mlp_fc1', 'mlp_fc2'], 83)},
    89: ['params'], 90: ['len(params)'],
    95: ['return'], 98: ['max_logit'], 99: ['exps'], 100: ['total'], 101: ['return'],
    104: ['mean_square'], 105: ['scale'], 106: ['return'],
    109: ['tok_emb'], 110: ['pos_emb'], 111: ['x'], 112: ['x'], 114: ['li'], 116: ['x_residual'], 117: ['x'],
    118: ['q'], 119: ['k'], 120: ['v'], 121: ['keys[li]'], 122: ['values[li]'], 124: ['h'], 125: ['hs'],
    126: ['q_h'], 127: ['k_h'], 128: ['v_h'], 129: ['attn_logits'], 130: ['attn_weights'], 131: ['head_out'],
    132: ['x_attn'], **{line: ['x'] for line in [133, 134, 137, 138, 139, 140, 141]}, 136: ['x_residual'],
    143: ['logits'], 144: ['return'],
    147: ['learning_rate', 'beta1', 'beta2', 'eps_adam'], 152: ['num_steps'],
    157: ['tokens'], 158: ['n'], 163: ['pos_id'], 164: ['token_id', 'target_id'], 165: ['logits'], 166: ['probs'],
    167: ['loss_t'], 168: ['losses'], 169: ['loss'],
    68: ['order'], 69: ['self.grad'], 70: ['v', 'v.grad'], 71: ['child', 'local_grad'], 72: ['child.grad'],
    175: ['lr_t'], 176: ['i', 'p'], 177: ['m[i]'], 178: ['v[i]'], 179: ['m_hat'], 180: ['v_hat'],
    181: ['p.data'], 182: ['p.grad'],
    187: ['temperature'], 189: ['sample_idx'], 191: ['token_id'], 193: ['pos_id'], 194: ['logits'],
    195: ['probs'], 196: ['random.random()', 'token_id'], 199: ['sample'],
}
# A loop's line gave its variable something if the line below it comes next.
BODY = {70: 71, 71: 72, 82: 83, 114: 116, 124: 125, 163: 164, 176: 177, 189: 190, 193: 194}
FUNCTIONS = {'<module>', 'gpt', 'linear', 'softmax', 'rmsnorm', 'backward'}


class Seen:
    """All numbers of one variable of one line."""

    def __init__(self):
        self.count, self.hash, self.numbers = 0, 0xcbf29ce484222325, []

    def add(self, held):
        if isinstance(held, (list, tuple)):
            for entry in held:
                self.add(entry)
        elif isinstance(held, str):
            self.add([ord(character) for character in held])
        else:
            number = float(getattr(held, 'data', held))
            [bits] = struct.unpack('<Q', struct.pack('<d', number))
            self.hash = (self.hash ^ bits) * 0x100000001b3 % 2**64
            self.numbers.append(number)

    def row(self):
        total = 0.0
        for number in self.numbers:
            total += number
        few = [total, self.numbers[0], self.numbers[len(self.numbers) // 2], self.numbers[-1]]
        return f'{len(self.numbers)} {self.hash:016x} {" ".join(map(repr, few))}'


class Lines:
    def __init__(self, source):
        self.lines = source.split('\n')
        self.holds = {line: [(name, compile(name, 'held', 'eval') if name != 'return' else None) for name in names]
                      for line, names in HOLDS.items()}
        self.rows = []

    def piece(self, first, last):
        """Some lines of the program under their numbers."""
        text = textwrap.dedent('\n'.join(self.lines[first - 1:last]))
        return compile('\n' * (first - 1) + text, 'microgpt.py', 'exec')

    def watch(self, case, part, known, *pieces):
        """Runs pieces of the program and keeps what their lines made."""
        seen = {}

        def ran(frame, line, after, result):
            if line not in self.holds or BODY.get(line, after) != after:
                return
            for name, code in self.holds[line]:
                if name == 'return':
                    held = result
                elif name == 'random.random()':
                    held = drawn.pop()
                else:
                    held = eval(code, frame.f_globals, frame.f_locals)
                seen.setdefault((line, name), Seen()).add(held)

        drawn = []

        def called(frame, event, argument):
            if frame.f_code.co_filename != 'microgpt.py' or frame.f_code.co_name not in FUNCTIONS:
                return None
            at = None

            def trace(frame, event, argument):
                nonlocal at
                if event == 'line':
                    if at is not None:
                        ran(frame, at, frame.f_lineno, None)
                    at = frame.f_lineno
                    if at == 196:
                        # What random.choices is about to draw.
                        twin = random.Random()
                        twin.setstate(random.getstate())
                        drawn.append(twin.random())
                elif event == 'return' and at is not None:
                    ran(frame, at, None, argument)
                return trace
            return trace

        for piece in pieces:
            sys.settrace(called)
            try:
                exec(piece, known)
            finally:
                sys.settrace(None)
        for (line, name), numbers in sorted(seen.items(), key=lambda item: item[0][0]):
            self.rows.append(f'{case} {part} {line} {name.replace(" ", "")} {numbers.row()}')

    def setup(self):
        """Lines 9 to 152, from the beginning; `input.txt` is in the folder where this runs."""
        known = {'__name__': '__main__', 'print': lambda text: None}
        self.watch('setup', 'setup', known, self.piece(9, 152))

    def record(self, program, steps):
        """One step for each of the names, and samples, after so many steps of the training in `program`."""
        random_state = random.getstate()
        program = {**program, 'print': lambda text: None}
        if steps == 0:
            exec(self.piece(92, 152), program)
        for name in NAMES:
            known = {**program, 'step': steps, 'doc': name, 'm': list(program['m']), 'v': list(program['v'])}
            before = [p.data for p in known['params']]
            self.watch(f'{name}-{steps}', 'training', known, self.piece(157, 182))
            for p, data in zip(known['params'], before):
                p.data = data
        source = self.lines[188]
        self.lines[188] = source.replace('range(20)', f'range({SAMPLES})')
        self.watch(f'samples-{steps}', 'inference', dict(program), self.piece(187, 200))
        self.lines[188] = source
        random.setstate(random_state)

    def text(self):
        return '\n'.join(self.rows) + '\n'
