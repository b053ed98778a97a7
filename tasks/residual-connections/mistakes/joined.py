"""With two lists, `+` puts one behind the other. The entries are to be added: go through both with `zip`."""
def residual(x, block):
    return block(rmsnorm(x)) + x
