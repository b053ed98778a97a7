def count(root):
    """How many values the graph of root has, and how many arrows.

    >>> count(Value(2) * Value(-3))
    (3, 2)
    """
    ...
