def generate(next_token, BOS, block_size):
    """The tokens of a name, drawn one after the other.

    >>> after = {26: 0, 0: 13, 13: 26}
    >>> generate(lambda token_id, pos_id: after[token_id], 26, 8)
    [0, 13]
    """
    ...
