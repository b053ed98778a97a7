"""The way back is missing: multiply by `fc2` at the end."""
def mlp(x, fc1, fc2):
    return [x_i.relu() ** 2 for x_i in linear(x, fc1)]
