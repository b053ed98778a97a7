"""Only the first row is used: the `return` stands too far inside."""
def linear(x, w):
    for w_i in w:
        return [sum(w_ij * x_j for w_ij, x_j in zip(w_i, x))]
