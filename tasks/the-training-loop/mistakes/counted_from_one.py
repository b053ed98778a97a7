"""The steps are counted from 1 here. They are counted from 0: the first has the whole learning rate."""
def learning_rate_at(step, num_steps):
    return learning_rate * 0.5 * (1 + math.cos(math.pi * (step + 1) / num_steps))
