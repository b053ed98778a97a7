"""The sums are divided by the number of all losses. Divide by `n`, as many as were added."""
def moving_mean(losses, n):
    return [sum(losses[i:i + n]) / len(losses) for i in range(len(losses) - n + 1)]
