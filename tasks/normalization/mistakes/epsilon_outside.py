"""1e-5 is added to the root. Add it to the mean, before the root is taken."""
def rmsnorm(x):
    mean_square = sum(x_i * x_i for x_i in x) / len(x)
    scale = (mean_square ** 0.5 + 1e-5) ** -1
    return [x_i * scale for x_i in x]
