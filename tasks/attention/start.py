def attend(q, keys, values):
    """The values, mixed by how well their keys fit the query.

    >>> q = [Value(1), Value(2)]
    >>> keys = [[Value(2), Value(-1)], [Value(1), Value(1)], [Value(0), Value(1)]]
    >>> values = [[Value(4), Value(0)], [Value(0), Value(4)], [Value(2), Value(2)]]
    >>> [round(y.data, 2) for y in attend(q, keys, values)]
    [0.91, 3.09]
    """
    ...
