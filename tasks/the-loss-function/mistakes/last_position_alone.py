"""Only the last position counts. Collect the loss of each in a list."""
def mean_loss(probs, targets):
    for p, target in zip(probs, targets):
        loss = -p[target].log()
    return loss
