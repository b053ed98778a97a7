"""Only the last product of each row is left: add them up, with `+=`."""
def linear(x, w):
    return [w_i[len(x) - 1] * x[len(x) - 1] for w_i in w]
