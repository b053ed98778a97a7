"""The list that came in is changed. The program still needs it, to add it later: make a new list."""
def rmsnorm(x):
    mean_square = sum(x_i * x_i for x_i in x) / len(x)
    scale = (mean_square + 1e-5) ** -0.5
    for i in range(len(x)):
        x[i] = x[i] * scale
    return x
