"""The mean comes first here, and then the logarithm. Take the logarithm of each, then the mean."""
def mean_loss(probs, targets):
    return -((1 / len(targets)) * sum(p[target] for p, target in zip(probs, targets))).log()
