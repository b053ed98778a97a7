def learning_rate_at(step, num_steps):
    """The learning rate of a step, counted from 0.

    >>> round(learning_rate_at(0, 500), 6), round(learning_rate_at(250, 500), 6)
    (0.01, 0.005)
    """
    ...
