"""This is the result after the nudge, divided by it. What counts is the change: subtract `f(x)` first."""
def slope(f, x, h):
    return f(x + h) / h
