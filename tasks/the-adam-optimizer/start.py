def adam(params, m, v, step, lr_t):
    """Moves each parameter by Adam's rule.

    >>> p = Value(1.0)
    >>> p.grad = 0.3
    >>> adam([p], [0.0], [0.0], 0, 0.01)
    >>> round(p.data, 6), p.grad
    (0.99, 0)
    """
    ...
