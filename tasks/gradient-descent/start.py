def descend(params, rate):
    """Moves each parameter against its gradient.

    >>> p = Value(3)
    >>> p.grad = 6
    >>> descend([p], 0.5)
    >>> p.data, p.grad
    (0.0, 0)
    """
    ...
