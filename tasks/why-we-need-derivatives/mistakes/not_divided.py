"""This is how much the result changes. Divide it by the nudge: a slope is the change for each unit of `x`."""
def slope(f, x, h):
    return f(x + h) - f(x)
