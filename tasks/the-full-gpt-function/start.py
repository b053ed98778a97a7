def gpt(token_id, pos_id, keys, values):
    """The logits for the token that comes next; in the tests, of a small model with 3 tokens.

    >>> len(gpt(0, 0, [[], []], [[], []]))
    3
    """
    ...
