"""The scores are divided by the root of how many positions there are. Take the width of the query, `len(q)`."""
def attend(q, keys, values):
    attn_logits = [sum(q_j * k_j for q_j, k_j in zip(q, k_t)) / len(keys)**0.5 for k_t in keys]
    attn_weights = softmax(attn_logits)
    return [sum(a_t * v_t[j] for a_t, v_t in zip(attn_weights, values)) for j in range(len(values[0]))]
