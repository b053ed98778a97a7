"""The scale is a plain number: the values are right, but the gradient does not know that the scale depends on `x`."""
def rmsnorm(x):
    mean_square = sum(x_i.data * x_i.data for x_i in x) / len(x)
    scale = (mean_square + 1e-5) ** -0.5
    return [x_i * scale for x_i in x]
