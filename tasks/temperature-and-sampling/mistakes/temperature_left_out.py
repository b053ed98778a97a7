"""The temperature is not used."""
def probabilities(logits, temperature):
    return softmax(logits)

def choose(probs, r):
    total = 0
    for token_id, p in enumerate(probs):
        total += p
        if r < total:
            return token_id
    return len(probs) - 1
