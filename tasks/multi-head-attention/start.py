def heads(q, keys, values, n_head):
    """What all heads fetch, one behind the other.

    >>> q = [Value(1), Value(2), Value(3), Value(4)]
    >>> values = [[Value(5), Value(6), Value(7), Value(8)]]
    >>> [y.data for y in heads(q, [q], values, 2)]
    [5.0, 6.0, 7.0, 8.0]
    """
    ...
