"""Only the position with the largest weight is handed over. Attention mixes: each value counts by its weight."""
def attend(q, keys, values):
    attn_logits = [sum(q_j * k_j for q_j, k_j in zip(q, k_t)) / len(q)**0.5 for k_t in keys]
    attn_weights = [weight.data for weight in softmax(attn_logits)]
    return values[attn_weights.index(max(attn_weights))]
