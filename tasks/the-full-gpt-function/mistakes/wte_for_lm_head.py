"""The logits are made with the matrix of the tokens, `wte`. This program has a matrix of its own for them, `lm_head`."""
def gpt(token_id, pos_id, keys, values):
    x = rmsnorm(embed(token_id, pos_id, state_dict['wte'], state_dict['wpe']))
    for li in range(n_layer):
        x_residual = x
        x = rmsnorm(x)
        q = linear(x, state_dict[f'layer{li}.attn_wq'])
        keys[li].append(linear(x, state_dict[f'layer{li}.attn_wk']))
        values[li].append(linear(x, state_dict[f'layer{li}.attn_wv']))
        x = linear(heads(q, keys[li], values[li], n_head), state_dict[f'layer{li}.attn_wo'])
        x = [a + b for a, b in zip(x, x_residual)]
        x_residual = x
        x = mlp(rmsnorm(x), state_dict[f'layer{li}.mlp_fc1'], state_dict[f'layer{li}.mlp_fc2'])
        x = [a + b for a, b in zip(x, x_residual)]
    return linear(x, state_dict['wte'])
