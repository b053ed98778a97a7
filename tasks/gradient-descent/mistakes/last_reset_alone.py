"""Only the gradient of the last parameter is reset: `p.grad = 0` stands outside of the loop."""
def descend(params, rate):
    for p in params:
        p.data -= rate * p.grad
    p.grad = 0
