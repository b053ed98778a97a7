"""This divides by the mean of the squares. Divide by its root: `** -0.5`, not `** -1`."""
def rmsnorm(x):
    mean_square = sum(x_i * x_i for x_i in x) / len(x)
    scale = (mean_square + 1e-5) ** -1
    return [x_i * scale for x_i in x]
