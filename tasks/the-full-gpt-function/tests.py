n_layer, n_head, head_dim, state_dict = 2, 2, 2, {}

def small(nout, nin, first):
    return [[Value(((first + 3 * i + 5 * j + i * j) % 11 - 5) / 8) for j in range(nin)] for i in range(nout)]

for at, name in enumerate(['wte', 'wpe', 'lm_head']):
    state_dict[name] = small(3, 4, at)
for li in range(n_layer):
    for at, name in enumerate(['attn_wq', 'attn_wk', 'attn_wv', 'attn_wo']):
        state_dict[f'layer{li}.{name}'] = small(4, 4, 3 * at + li)
    state_dict[f'layer{li}.mlp_fc1'] = small(8, 4, li + 1)
    state_dict[f'layer{li}.mlp_fc2'] = small(4, 8, li + 6)

# the first position
keys, values = [[], []], [[], []]
gpt(0, 0, keys, values)

# a second position, which sees the first
keys, values = [[], []], [[], []]
gpt(0, 0, keys, values)
gpt(1, 1, keys, values)

# the same token in another place
keys, values = [[], []], [[], []]
gpt(2, 0, keys, values), gpt(2, 1, keys, values)

# how many keys and values are kept
keys, values = [[], []], [[], []]
gpt(1, 0, keys, values)
gpt(0, 1, keys, values)
[len(of_layer) for of_layer in keys], [len(of_layer) for of_layer in values]

# every matrix counts: its gradient is not 0
keys, values = [[], []], [[], []]
gpt(0, 0, keys, values)
sum(gpt(1, 1, keys, values)[:2]).backward()
[name for name in sorted(state_dict) if any(p.grad != 0 for row in state_dict[name] for p in row)]
