"""This is the mean of all losses so far. Only the last `n` count."""
def moving_mean(losses, n):
    return [sum(losses[:i + 1]) / (i + 1) for i in range(len(losses))]
