"""Each probability is compared by itself. Compare the running sum: add them up as you go."""
def probabilities(logits, temperature):
    return softmax([logit / temperature for logit in logits])

def choose(probs, r):
    for token_id, p in enumerate(probs):
        if r < p:
            return token_id
    return len(probs) - 1
