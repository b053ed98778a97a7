"""The normalized vector is added. Add what came in, as it was."""
def residual(x, block):
    x = rmsnorm(x)
    return [a + b for a, b in zip(block(x), x)]
