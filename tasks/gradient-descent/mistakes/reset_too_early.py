"""The gradient is reset before it is used: no parameter moves."""
def descend(params, rate):
    for p in params:
        p.grad = 0
        p.data -= rate * p.grad
