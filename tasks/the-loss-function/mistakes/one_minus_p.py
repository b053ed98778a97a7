"""This takes 1 − p. The loss of this program is minus the logarithm of p: it grows without limit as p goes to 0."""
def mean_loss(probs, targets):
    losses = [1 - p[target] for p, target in zip(probs, targets)]
    return (1 / len(losses)) * sum(losses)
