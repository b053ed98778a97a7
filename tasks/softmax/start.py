def softmax(logits):
    """The probabilities of scores, a Value for each.

    >>> [round(p.data, 4) for p in softmax([Value(2), Value(1), Value(-1)])]
    [0.7054, 0.2595, 0.0351]
    """
    ...
