"""The minus is missing: logarithms of probabilities are below 0, and a loss should be high where the model was wrong."""
def mean_loss(probs, targets):
    losses = [p[target].log() for p, target in zip(probs, targets)]
    return (1 / len(losses)) * sum(losses)
