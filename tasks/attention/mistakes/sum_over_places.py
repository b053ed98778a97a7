"""The weighted values are added up along each vector, which gives a number for each position. Add up over the positions, place by place."""
def attend(q, keys, values):
    attn_logits = [sum(q_j * k_j for q_j, k_j in zip(q, k_t)) / len(q)**0.5 for k_t in keys]
    attn_weights = softmax(attn_logits)
    return [sum(a_t * v_j for v_j in v_t) for a_t, v_t in zip(attn_weights, values)]
