"""This is a whole wave: at the end the learning rate is large again. Half a wave goes up to π."""
def learning_rate_at(step, num_steps):
    return learning_rate * 0.5 * (1 + math.cos(2 * math.pi * step / num_steps))
