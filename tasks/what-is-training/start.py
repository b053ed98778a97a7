def moving_mean(losses, n):
    """The means of each n losses that follow one another.

    >>> moving_mean([4, 2, 3, 1], 2)
    [3.0, 2.5, 2.0]
    """
    ...
