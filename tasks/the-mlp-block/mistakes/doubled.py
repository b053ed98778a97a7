"""The entries are doubled. To square is `** 2`."""
def mlp(x, fc1, fc2):
    x = linear(x, fc1)
    x = [x_i.relu() * 2 for x_i in x]
    return linear(x, fc2)
