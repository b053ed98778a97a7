"""
What the programs of this folder share: the dataset, the tokenizer, the first
weights (lines 9-90 of microgpt.py), the loop around the steps and inference.
Weights are lists of rows here, as there, but of plain numbers: what is made
of them, and how a step is computed, is what each program shows.
"""

import argparse
import json
import math
import os
import random
import struct
import sys
import time

random.seed(42)

# The dataset and the tokenizer (lines 14-27)
folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
with open(os.path.join(folder, 'input.txt'), encoding='utf-8') as file:
    names = [line.strip() for line in file if line.strip()]
docs = list(names)
random.shuffle(docs)
uchars = sorted(set(''.join(docs)))
BOS = len(uchars)
vocab_size = len(uchars) + 1

def tokenize(doc):
    return [BOS] + [uchars.index(ch) for ch in doc] + [BOS]

# The parameters (lines 74-90)
n_head, n_layer, block_size = 4, 1, 8
matrix = lambda nout, nin, std=0.02: [[random.gauss(0, std) for _ in range(nin)] for _ in range(nout)]

def random_weights(n_embd=16):
    state_dict = {'wte': matrix(vocab_size, n_embd), 'wpe': matrix(block_size, n_embd), 'lm_head': matrix(vocab_size, n_embd)}
    for i in range(n_layer):
        state_dict[f'layer{i}.attn_wq'] = matrix(n_embd, n_embd)
        state_dict[f'layer{i}.attn_wk'] = matrix(n_embd, n_embd)
        state_dict[f'layer{i}.attn_wv'] = matrix(n_embd, n_embd)
        state_dict[f'layer{i}.attn_wo'] = matrix(n_embd, n_embd, std=0)
        state_dict[f'layer{i}.mlp_fc1'] = matrix(4 * n_embd, n_embd)
        state_dict[f'layer{i}.mlp_fc2'] = matrix(n_embd, 4 * n_embd, std=0)
    return state_dict

def load_weights(path):
    """The weights that the Rust program wrote with --save, in safetensors format."""
    try: # eight bytes say how long the header is; then the header, in JSON; then the numbers
        with open(path, 'rb') as file:
            data = file.read()
        start = 8 + struct.unpack_from('<Q', data)[0]
        header = json.loads(data[8:start])
        sizes = header.pop('__metadata__')
        state_dict = {}
        for name, tensor in header.items():
            rows, cols = tensor['shape']
            numbers = struct.unpack_from(f'<{rows * cols}d', data, start + tensor['data_offsets'][0])
            state_dict[name] = [list(numbers[row * cols:(row + 1) * cols]) for row in range(rows)]
        found = [int(sizes['n_head']), int(sizes['n_layer']), int(sizes['block_size']), sizes['uchars']]
    except (OSError, struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        sys.exit(f'error: {path} cannot be used ({error}); give a file that the Rust program wrote with --save')
    if found != [n_head, n_layer, block_size, ''.join(uchars)]:
        sys.exit(f'error: {path} holds a model of other sizes or letters; train it on input.txt, and leave out '
                 '--n-head, --n-layer and --block-size')
    return state_dict

def main(Model, rank=0):
    """Lines 151-200 with a model that computes a step, which is returned; only process 0 prints."""
    parser = argparse.ArgumentParser(description='Trains the model of microgpt.py, and prints what that prints.')
    parser.add_argument('--load', metavar='FILE', help='start from weights that the Rust program wrote with --save')
    parser.add_argument('--batch', metavar='N', type=at_least_one, default=1, help='learn from N documents in each step')
    parser.add_argument('--steps', metavar='N', type=at_least_one, default=500, help='train for N steps')
    parser.add_argument('--width', metavar='N', type=at_least_one, default=16, help='n_embd, a multiple of 4')
    parser.add_argument('--numbers', metavar='FILE', help='write losses, the gradients of step 1 and the last weights')
    parser.add_argument('--time', action='store_true', help='print only the seconds of the fastest step')
    args = parser.parse_args()
    if args.width % n_head:
        parser.error(f'--width {args.width} cannot be divided among {n_head} heads; make it a multiple of {n_head}')

    state_dict = load_weights(args.load) if args.load else random_weights(args.width)
    model = Model(state_dict, n_head, args.steps)
    if args.time:
        print(fastest_step(model))
        return model
    show = print if rank == 0 else lambda line: None
    show(f"num docs: {len(docs)}")
    show(f"vocab size: {vocab_size}")
    show(f"num params: {sum(len(row) for mat in state_dict.values() for row in mat)}")

    numbers = []
    for step in range(args.steps):
        batch = [docs[(step * args.batch + i) % len(docs)] for i in range(args.batch)]
        loss = model.step([tokenize(doc)[:block_size + 1] for doc in batch])
        numbers.append(f'loss {step + 1} {loss!r}')
        if step == 0:
            numbers += entries('gradient', model.gradients())
        show(f"step {step+1:4d} / {args.steps:4d} | loss {loss:.4f}")
    numbers += entries('weight', model.weights())
    if args.numbers and rank == 0:
        try:
            with open(args.numbers, 'w') as file:
                file.write('\n'.join(numbers) + '\n')
        except OSError as error:
            sys.exit(f'error: {args.numbers} cannot be written ({error}); name a file in a folder that exists')

    temperature = 0.5
    show("\n--- inference ---")
    for sample_idx in range(20):
        tokens = [BOS]
        for pos_id in range(block_size):
            scores = [logit / temperature for logit in model.logits(tokens)]
            exps = [math.exp(score - max(scores)) for score in scores]
            token_id = random.choices(range(vocab_size), weights=[e / sum(exps) for e in exps])[0]
            if token_id == BOS:
                break
            tokens.append(token_id)
        show(f"sample {sample_idx+1:2d}: {''.join(uchars[token_id] for token_id in tokens[1:])}")
    return model

def entries(what, matrices):
    """A line for each number of a state dict."""
    return [f'{what} {name}[{i}][{j}] {number!r}' for name, rows in matrices.items()
            for i, row in enumerate(rows) for j, number in enumerate(row)]

def fastest_step(model):
    """Of at least 20 steps and a second. Each document fills the block: names run together, as in examples/growth.rs."""
    fastest, began, step = math.inf, time.perf_counter(), 0
    while step < 20 or time.perf_counter() < began + 1:
        tokens = tokenize(''.join(names[32 * step % 3200:][:32]))[:block_size + 1]
        start = time.perf_counter()
        model.step([tokens])
        fastest = min(fastest, time.perf_counter() - start)
        step += 1
    return fastest

def at_least_one(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError('give a whole number of at least 1')
    return int(text)
