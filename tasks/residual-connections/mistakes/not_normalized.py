"""The block gets `x` as it came in. Normalize it first, for the block alone."""
def residual(x, block):
    return [a + b for a, b in zip(block(x), x)]
