"""This jumps from block to block. The mean moves along by one step at a time."""
def moving_mean(losses, n):
    return [sum(losses[i:i + n]) / n for i in range(0, len(losses) - n + 1, n)]
