"""The products are not added up: each row gives one number."""
def linear(x, w):
    return [[w_ij * x_j for w_ij, x_j in zip(w_i, x)] for w_i in w]
