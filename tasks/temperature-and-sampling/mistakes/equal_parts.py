"""Each token gets an equal part here, whatever its probability."""
def probabilities(logits, temperature):
    return softmax([logit / temperature for logit in logits])

def choose(probs, r):
    return int(r * len(probs))
