"""Where the sum, rounded, ends below `r`, nothing is returned. Then it is the last token."""
def probabilities(logits, temperature):
    return softmax([logit / temperature for logit in logits])

def choose(probs, r):
    total = 0
    for token_id, p in enumerate(probs):
        total += p
        if r < total:
            return token_id
