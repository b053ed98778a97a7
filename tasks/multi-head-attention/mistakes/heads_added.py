"""What the heads fetch is added up. It stands one behind the other, so that the result is as wide as `q`."""
def heads(q, keys, values, n_head):
    head_dim = len(q) // n_head
    x_attn = [0] * head_dim
    for h in range(n_head):
        hs = h * head_dim
        q_h = q[hs:hs+head_dim]
        k_h = [k_t[hs:hs+head_dim] for k_t in keys]
        v_h = [v_t[hs:hs+head_dim] for v_t in values]
        x_attn = [a + b for a, b in zip(x_attn, attend(q_h, k_h, v_h))]
    return x_attn
