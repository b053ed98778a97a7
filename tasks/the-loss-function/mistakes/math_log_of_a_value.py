"""`math.log` takes plain numbers. A Value has its own `.log()`."""
def mean_loss(probs, targets):
    losses = [-math.log(p[target]) for p, target in zip(probs, targets)]
    return (1 / len(losses)) * sum(losses)
