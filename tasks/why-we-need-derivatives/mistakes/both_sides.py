"""This nudges to both sides, which comes nearer to the exact slope. The task asks for one nudge, from `x` to `x + h`."""
def slope(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)
