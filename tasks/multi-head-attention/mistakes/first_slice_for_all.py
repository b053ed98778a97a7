"""All heads look at the first slice. Each has its own: it begins at `h * head_dim`."""
def heads(q, keys, values, n_head):
    head_dim = len(q) // n_head
    x_attn = []
    for h in range(n_head):
        hs = 0
        q_h = q[hs:hs+head_dim]
        k_h = [k_t[hs:hs+head_dim] for k_t in keys]
        v_h = [v_t[hs:hs+head_dim] for v_t in values]
        x_attn.extend(attend(q_h, k_h, v_h))
    return x_attn
