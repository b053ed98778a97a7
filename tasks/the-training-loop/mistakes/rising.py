"""It rises from 0. Add the cosine to 1; do not subtract it."""
def learning_rate_at(step, num_steps):
    return learning_rate * 0.5 * (1 - math.cos(math.pi * step / num_steps))
