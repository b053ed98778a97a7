"""The comparison is the wrong way round: the first token whose running sum is *above* `r`."""
def probabilities(logits, temperature):
    return softmax([logit / temperature for logit in logits])

def choose(probs, r):
    total = 0
    for token_id, p in enumerate(probs):
        total += p
        if r > total:
            return token_id
    return len(probs) - 1
