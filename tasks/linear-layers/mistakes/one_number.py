"""Everything is added up into one number. Each row gives an entry of its own."""
def linear(x, w):
    return sum(w_ij * x_j for w_i in w for w_ij, x_j in zip(w_i, x))
