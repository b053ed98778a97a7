def probabilities(logits, temperature):
    """What softmax makes of the logits, divided by the temperature.

    >>> [round(p.data, 4) for p in probabilities([Value(2), Value(1), Value(-1)], 0.5)]
    [0.8789, 0.1189, 0.0022]
    """
    ...

def choose(probs, r):
    """The token that a random number chooses.

    >>> choose([0.2, 0.5, 0.3], 0.6)
    1
    """
    ...
