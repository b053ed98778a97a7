"""The means at the end are made of fewer than `n` losses. Stop where the last `n` begin."""
def moving_mean(losses, n):
    return [sum(losses[i:i + n]) / n for i in range(len(losses))]
