def matrix(nout, nin, draw):
    """A matrix with nout rows and nin columns, of values drawn one after the other.

    >>> numbers = [1, 2, 3, 4, 5, 6]
    >>> m = matrix(2, 3, lambda: numbers.pop(0))
    >>> [[p.data for p in row] for row in m]
    [[1, 2, 3], [4, 5, 6]]
    """
    ...
