"""This falls along a straight line. Along the cosine it falls slowly at first, then faster, and slowly again."""
def learning_rate_at(step, num_steps):
    return learning_rate * (1 - step / num_steps)
