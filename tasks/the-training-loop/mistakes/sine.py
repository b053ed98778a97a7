"""The sine begins in the middle of its wave. The cosine begins at its top."""
def learning_rate_at(step, num_steps):
    return learning_rate * 0.5 * (1 + math.sin(math.pi * step / num_steps))
