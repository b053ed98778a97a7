"""No parameter changes. `p = p - …` only gives the name `p` to a new Value: change `p.data`, with `-=`."""
def descend(params, rate):
    for p in params:
        p = p - rate * p.grad
        p.grad = 0
