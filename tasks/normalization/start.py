def rmsnorm(x):
    """The vector x, divided by its root mean square.

    >>> [round(y.data, 4) for y in rmsnorm([Value(3), Value(-1), Value(1), Value(1)])]
    [1.732, -0.5773, 0.5773, 0.5773]
    """
    ...
