def mlp(x, fc1, fc2):
    """fc1, relu squared, fc2.

    >>> x = [Value(2), Value(-3)]
    >>> fc1 = [[Value(1), Value(0)], [Value(0), Value(1)], [Value(1), Value(1)]]
    >>> fc2 = [[Value(1), Value(1), Value(1)]]
    >>> [y.data for y in mlp(x, fc1, fc2)]
    [4]
    """
    ...
