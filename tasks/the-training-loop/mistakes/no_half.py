"""It begins at twice the learning rate: one plus the cosine goes from 2 to 0. Take half of it."""
def learning_rate_at(step, num_steps):
    return learning_rate * (1 + math.cos(math.pi * step / num_steps))
