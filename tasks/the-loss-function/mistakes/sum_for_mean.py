"""This is the sum of the losses. Long names would cost more: take the mean."""
def mean_loss(probs, targets):
    losses = [-p[target].log() for p, target in zip(probs, targets)]
    return sum(losses)
