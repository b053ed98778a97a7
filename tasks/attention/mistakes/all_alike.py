"""Each position counts alike here. Multiply each value by the weight of its position."""
def attend(q, keys, values):
    attn_logits = [sum(q_j * k_j for q_j, k_j in zip(q, k_t)) / len(q)**0.5 for k_t in keys]
    attn_weights = [1 / len(values) for _ in values]
    return [sum(a_t * v_t[j] for a_t, v_t in zip(attn_weights, values)) for j in range(len(values[0]))]
