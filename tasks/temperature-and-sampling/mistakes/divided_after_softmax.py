"""The probabilities are divided by the temperature, and no longer have the sum 1. Divide the logits, before softmax."""
def probabilities(logits, temperature):
    return [p / temperature for p in softmax(logits)]

def choose(probs, r):
    total = 0
    for token_id, p in enumerate(probs):
        total += p
        if r < total:
            return token_id
    return len(probs) - 1
