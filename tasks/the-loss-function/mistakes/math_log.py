"""The logarithm is taken of `.data`: a plain number comes out, through which no gradient flows. A Value has its own `.log()`."""
def mean_loss(probs, targets):
    losses = [-math.log(p[target].data) for p, target in zip(probs, targets)]
    return (1 / len(losses)) * sum(losses)
