def slope_through(paths):
    """The slope of a result to a number, from the local gradients on each path.

    >>> slope_through([[-3, 1, 1, 8]])
    -24
    """
    ...
