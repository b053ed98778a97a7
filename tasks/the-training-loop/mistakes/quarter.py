"""This is a quarter of a wave: it never falls slowly again. Half a wave goes up to π."""
def learning_rate_at(step, num_steps):
    return learning_rate * math.cos(math.pi / 2 * step / num_steps)
