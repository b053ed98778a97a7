"""This multiplies by the root, and large vectors become larger. Divide: the power is −0.5."""
def rmsnorm(x):
    mean_square = sum(x_i * x_i for x_i in x) / len(x)
    scale = (mean_square + 1e-5) ** 0.5
    return [x_i * scale for x_i in x]
