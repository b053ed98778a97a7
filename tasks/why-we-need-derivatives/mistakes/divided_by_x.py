"""The change is divided by `x`. What changed is `x` by `h`: divide by the nudge."""
def slope(f, x, h):
    return (f(x + h) - f(x)) / x
