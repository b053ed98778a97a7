"""The learning rate is missing: each step has the full length of the gradient."""
def descend(params, rate):
    for p in params:
        p.data -= p.grad
        p.grad = 0
