"""The gradient is not reset: the next step would add its own to it."""
def descend(params, rate):
    for p in params:
        p.data -= rate * p.grad
        pass
