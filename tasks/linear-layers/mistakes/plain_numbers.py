"""The products are made of `.data`: plain numbers, through which no gradient flows."""
def linear(x, w):
    return [sum(w_ij.data * x_j.data for w_ij, x_j in zip(w_i, x)) for w_i in w]
