"""The block is not asked: call it with the normalized vector."""
def residual(x, block):
    return [a + b for a, b in zip(rmsnorm(x), x)]
