"""
Runs microgpt.py and writes down, to the last bit, what the Rust crate must compute.

    python3 tests/golden/make.py               writes the golden files anew (about 3 minutes)
    python3 tests/golden/make.py --check       computes them anew and compares: exit code 1 if one differs
    python3 tests/golden/make.py --bits FILE N prints losses and parameters after N steps on FILE,
                                               with --program PROGRAM of that one instead of microgpt.py

The golden files, all in this folder:

    input.stdout  what microgpt.py prints with the project's input.txt
    input.bits    the same run to the last bit: the loss of each step, and a hash of all parameters
    names.*       the same for ../shared/data/names.txt, the list the original program downloads; where
                  that file is not present these are left as they are
    random.txt    draws of Python's random module
    lines.txt     what each line of microgpt.py makes in that run, see lines.py

Numbers are written as the 16 hexadecimal digits of their 64 bits. Hashes are FNV-1a with 64 bits: of a
file's bytes, or of the parameters' bits, little-endian, in the order of `params`.
"""

import argparse
import contextlib
import io
import os
import random
import re
import struct
import sys
import tempfile
from pathlib import Path

from lines import STEPS, Lines

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DATA = {'input': ROOT / 'input.txt', 'names': ROOT.parent / 'shared' / 'data' / 'names.txt'}


def bits(number):
    return struct.pack('>d', number).hex()


def fnv1a(data):
    code = 0xcbf29ce484222325
    for byte in data:
        code = (code ^ byte) * 0x100000001b3 % 2**64
    return f'{code:016x}'


def run(data, steps=None, program_file=ROOT / 'microgpt.py', lines=None):
    """Runs microgpt.py on a data file: its standard output, the loss of each step, the parameters. On the way `lines`
    watches the lines."""
    source = Path(program_file).read_text(encoding='utf-8')
    if steps:
        source, found = re.subn(r'^num_steps = \d+ ', f'num_steps = {steps} ', source, flags=re.MULTILINE)
        assert found == 1, f'{program_file} no longer says num_steps once'
    losses = []

    def watch(steps):
        if lines and steps in STEPS:
            lines.record(program, steps)

    def spy(text, **options):
        """Stands in for print, which shows only four digits of the loss."""
        print(text, **options)
        if text.startswith('step '):
            losses.append(program['loss'].data)
            watch(len(losses))
        elif text.startswith('num params'):
            watch(0)

    program = {'__name__': '__main__', 'print': spy}
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out:
        Path(folder, 'input.txt').write_bytes(Path(data).read_bytes())
        os.chdir(folder)
        try:
            if lines:
                lines.setup()
            exec(compile(source, 'microgpt.py', 'exec'), program)
        finally:
            os.chdir(here)
    return out.getvalue(), losses, [p.data for p in program['params']]


def parity(name):
    """The golden files of one data file."""
    watching = Lines((ROOT / 'microgpt.py').read_text(encoding='utf-8')) if name == 'input' else None
    out, losses, params = run(DATA[name], lines=watching)
    lines = [f'data {fnv1a(DATA[name].read_bytes())}']
    lines += [f'loss {bits(loss)}' for loss in losses]
    lines += [f'params {fnv1a(b"".join(struct.pack("<d", p) for p in params))}']
    files = {f'{name}.stdout': out, f'{name}.bits': '\n'.join(lines) + '\n'}
    return files | ({'lines.txt': watching.text()} if watching else {})


def draws():
    """One generator per seed, all its draws in a row: each line is a call and what it gave."""
    lines = []
    for seed in (0, 1, 42, 2**32 - 1, 2**32, 2**32 + 5, 2**63, 2**64 - 1):
        rng = random.Random(seed)
        lines.append(f'seed {seed}')
        for size in (0, 1, 2, 3, 10, 255, 256, 257, 1000):
            items = list(range(size))
            rng.shuffle(items)
            lines.append(f'shuffle {size} {",".join(map(str, items))}')
            # An odd number of gauss: the second of a pair waits while others draw.
            lines.append(f'gauss 0.0 0.02 {bits(rng.gauss(0, 0.02))}')
            lines.append(f'random {bits(rng.random())}')
            lines.append(f'gauss -3.5 7.25 {bits(rng.gauss(-3.5, 7.25))}')
            lines.append(f'gauss 0.0 0.0 {bits(rng.gauss(0, 0))}')
        for weights in ([1.0], [0.5, 0.5], [0.0, 0.0, 1.0, 0.0], [1e-300, 1e-300], [3.0, 1.5, 0.25, 1e-9, 7.0],
                        [1 / (k + 1) for k in range(27)]):
            for _ in range(8):
                [index] = rng.choices(range(len(weights)), weights=weights)
                lines.append(f'choices {",".join(map(repr, weights))} {index}')
    return {'random.txt': '\n'.join(lines) + '\n'}


def golden():
    """All golden files that can be made here: their names and texts."""
    present = [name for name in DATA if DATA[name].exists()]
    for name in DATA.keys() - present:
        print(f'{DATA[name]} is not present: {name}.stdout and {name}.bits are neither made nor checked')
    parts = [draws(), *map(parity, present)]
    return {name: text for part in parts for name, text in part.items()}


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument('--check', action='store_true')
    parser.add_argument('--bits', nargs=2)
    parser.add_argument('--program', default=ROOT / 'microgpt.py')
    args = parser.parse_args()
    if args.bits:
        _, losses, params = run(args.bits[0], int(args.bits[1]), args.program)
        print('\n'.join([f'loss {bits(loss)}' for loss in losses] + [f'param {bits(p)}' for p in params]))
        return
    differ = []
    for name, text in golden().items():
        file = HERE / name
        if not args.check:
            file.write_text(text, encoding='utf-8')
        elif not file.exists() or file.read_bytes() != text.encode():
            differ.append(name)
        print(f'{name}: {"differs" if name in differ else "the same" if args.check else "written"}')
    if differ:
        sys.exit(f'{", ".join(differ)}: not what Python computes now; if that is intended, run make.py')


if __name__ == '__main__':
    main()
