"""The keys are mixed. They are what is compared; what is handed over are the values."""
def attend(q, keys, values):
    attn_logits = [sum(q_j * k_j for q_j, k_j in zip(q, k_t)) / len(q)**0.5 for k_t in keys]
    attn_weights = softmax(attn_logits)
    return [sum(a_t * v_t[j] for a_t, v_t in zip(attn_weights, keys)) for j in range(len(values[0]))]
