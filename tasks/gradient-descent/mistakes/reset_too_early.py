"""No parameter moves: is the gradient reset before it is used, or the difference not kept? `-=` keeps it."""
def descend(params, rate):
    for p in params:
        p.grad = 0
        p.data -= rate * p.grad
