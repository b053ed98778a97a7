"""This always takes the likeliest token. Let the random number choose."""
def probabilities(logits, temperature):
    return softmax([logit / temperature for logit in logits])

def choose(probs, r):
    return probs.index(max(probs))
