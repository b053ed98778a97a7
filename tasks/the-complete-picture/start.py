def count_parameters(vocab_size, n_embd, n_layer, block_size):
    """How many parameters the model has.

    >>> count_parameters(27, 16, 1, 8)
    4064
    """
    ...
