"""1e-5 is missing under the root: a vector of zeros is divided by 0."""
def rmsnorm(x):
    mean_square = sum(x_i * x_i for x_i in x) / len(x)
    scale = mean_square ** -0.5
    return [x_i * scale for x_i in x]
