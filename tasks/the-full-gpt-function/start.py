def gpt(token_id, pos_id, keys, values):
    """The logits for the token that comes next.

    >>> one = [[Value(1), Value(0)], [Value(0), Value(1)]]
    >>> matrices = 'wte wpe lm_head layer0.attn_wq layer0.attn_wk layer0.attn_wv layer0.attn_wo layer0.mlp_fc1 layer0.mlp_fc2'
    >>> state_dict, n_layer, n_head = {name: one for name in matrices.split()}, 1, 1
    >>> [round(logit.data, 2) for logit in gpt(0, 1, [[]], [[]])]
    [3.0, 3.0]
    """
    ...
