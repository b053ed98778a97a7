"""Entries are added in pairs, where they should be multiplied: a dot product is a sum of products."""
def linear(x, w):
    return [sum(w_ij + x_j for w_ij, x_j in zip(w_i, x)) for w_i in w]
