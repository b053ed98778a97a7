"""This takes the sum of the squares. Take their mean: divide by `len(x)`."""
def rmsnorm(x):
    scale = (sum(x_i * x_i for x_i in x) + 1e-5) ** -0.5
    return [x_i * scale for x_i in x]
