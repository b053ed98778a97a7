"""Relu is missing, or comes after the square, where it has nothing to do: numbers below 0 count like those above."""
def mlp(x, fc1, fc2):
    x = linear(x, fc1)
    x = [x_i ** 2 for x_i in x]
    return linear(x, fc2)
