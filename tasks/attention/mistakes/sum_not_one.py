"""The weights are exponentials, and their sum is not 1: softmax divides by it."""
def attend(q, keys, values):
    attn_logits = [sum(q_j * k_j for q_j, k_j in zip(q, k_t)) / len(q)**0.5 for k_t in keys]
    attn_weights = [score.exp() for score in attn_logits]
    return [sum(a_t * v_t[j] for a_t, v_t in zip(attn_weights, values)) for j in range(len(values[0]))]
