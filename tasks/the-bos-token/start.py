def pairs(ids, BOS, block_size):
    """Each token of a name with the one that comes next, BOS at both ends.

    >>> pairs([0, 2, 2, 0], 26, 8)
    [(26, 0), (0, 2), (2, 2), (2, 0), (0, 26)]
    """
    ...
