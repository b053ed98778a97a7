"""What came in is subtracted. Add it."""
def residual(x, block):
    return [a - b for a, b in zip(block(rmsnorm(x)), x)]
