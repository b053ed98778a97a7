"""The probability is added after the comparison: each token gets the share of the one before it."""
def probabilities(logits, temperature):
    return softmax([logit / temperature for logit in logits])

def choose(probs, r):
    total = 0
    for token_id, p in enumerate(probs):
        if r < total:
            return token_id
        total += p
    return len(probs) - 1
