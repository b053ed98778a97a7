def mean_loss(probs, targets):
    """The mean of -log of the probability that each target had.

    >>> probs = [[Value(0.5), Value(0.5)], [Value(0.25), Value(0.75)]]
    >>> round(mean_loss(probs, [0, 0]).data, 4)
    1.0397
    """
    ...
