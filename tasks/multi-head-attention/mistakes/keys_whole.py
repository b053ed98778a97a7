"""The keys are not cut into slices: each head compares its query with the beginning of every key."""
def heads(q, keys, values, n_head):
    head_dim = len(q) // n_head
    x_attn = []
    for h in range(n_head):
        hs = h * head_dim
        q_h = q[hs:hs+head_dim]
        k_h = [k_t for k_t in keys]
        v_h = [v_t[hs:hs+head_dim] for v_t in values]
        x_attn.extend(attend(q_h, k_h, v_h))
    return x_attn
