"""It goes below 0 in the second half: the cosine goes down to −1. Add 1 to it, and take half of that."""
def learning_rate_at(step, num_steps):
    return learning_rate * math.cos(math.pi * step / num_steps)
