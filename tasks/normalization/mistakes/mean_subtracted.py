"""The mean is subtracted first. That is LayerNorm; this program has RMSNorm, which does not."""
def rmsnorm(x):
    mean = sum(x) / len(x)
    x = [x_i - mean for x_i in x]
    mean_square = sum(x_i * x_i for x_i in x) / len(x)
    scale = (mean_square + 1e-5) ** -0.5
    return [x_i * scale for x_i in x]
