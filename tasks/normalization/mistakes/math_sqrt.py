"""`math.sqrt` takes plain numbers. A Value is taken to a power: `** -0.5`."""
def rmsnorm(x):
    mean_square = sum(x_i * x_i for x_i in x) / len(x)
    scale = 1 / math.sqrt(mean_square + 1e-5)
    return [x_i * scale for x_i in x]
