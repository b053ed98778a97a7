"""After the MLP, what came in before *attention* is added: `x_residual` has to be set again in between."""
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
        x = mlp(rmsnorm(x), state_dict[f'layer{li}.mlp_fc1'], state_dict[f'layer{li}.mlp_fc2'])
        x = [a + b for a, b in zip(x, x_residual)]
    return linear(x, state_dict['lm_head'])
