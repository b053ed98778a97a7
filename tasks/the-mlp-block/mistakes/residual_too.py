"""What came in is added here. In the program that is the next line, which is not part of this task."""
def mlp(x, fc1, fc2):
    y = linear([x_i.relu() ** 2 for x_i in linear(x, fc1)], fc2)
    return [a + b for a, b in zip(y, x)]
