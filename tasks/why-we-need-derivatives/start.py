def slope(f, x, h):
    """The slope of f at x, by a nudge of h.

    >>> slope(lambda x: 5 * x, 2, 1)
    5.0
    """
    ...
