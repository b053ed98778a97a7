"""The square is missing: this program squares what relu lets through."""
def mlp(x, fc1, fc2):
    x = linear(x, fc1)
    x = [x_i.relu() for x_i in x]
    return linear(x, fc2)
