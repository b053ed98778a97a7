"""The logits are multiplied by the temperature: below 1, that makes the model bolder on *unlikely* tokens. Divide."""
def probabilities(logits, temperature):
    return softmax([logit * temperature for logit in logits])

def choose(probs, r):
    total = 0
    for token_id, p in enumerate(probs):
        total += p
        if r < total:
            return token_id
    return len(probs) - 1
