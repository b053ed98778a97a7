def linear(x, w):
    """The matrix w times the vector x.

    >>> x = [Value(2), Value(3)]
    >>> w = [[Value(1), Value(0)], [Value(1), Value(1)], [Value(0), Value(-1)]]
    >>> [y.data for y in linear(x, w)]
    [2, 5, -3]
    """
    ...
