"""`p` is only a name in the loop: it now names a new Value, and the parameter stays as it was. Change `p.data`."""
def descend(params, rate):
    for p in params:
        p = p - rate * p.grad
        p.grad = 0
