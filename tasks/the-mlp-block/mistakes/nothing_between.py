"""There is nothing between the two matrices, and so both together do no more than one could."""
def mlp(x, fc1, fc2):
    x = linear(x, fc1)
    x = x
    return linear(x, fc2)
