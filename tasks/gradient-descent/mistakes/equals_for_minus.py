"""`p.data` is replaced by the step, with `=`. The step is subtracted from what is there: `-=`."""
def descend(params, rate):
    for p in params:
        p.data = rate * p.grad
        p.grad = 0
