"""The numbers of the parameters are set to 0, and with them all that was learned. Reset `grad`, not `data`."""
def take_gradients(loss, params):
    loss.backward()
    grads = [p.grad for p in params]
    for p in params:
        p.data = 0
    return grads
