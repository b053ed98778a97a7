def embed(token_id, pos_id, wte, wpe):
    """The row of the token plus the row of the position.

    >>> wte = [[Value(1), Value(2)], [Value(3), Value(4)]]
    >>> wpe = [[Value(10), Value(20)]]
    >>> [x.data for x in embed(1, 0, wte, wpe)]
    [13, 24]
    """
    ...
