def backward(self):
    """Fills in grad of all values that self was made of.

    >>> a, b = Value(2), Value(-3)
    >>> backward(a * b)
    >>> a.grad, b.grad
    (-3, 2)
    """
    ...
