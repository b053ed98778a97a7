"""All gradients are 0: call `loss.backward()` first, and collect them before you reset them."""
def take_gradients(loss, params):
    grads = [p.grad for p in params]
    for p in params:
        p.grad = 0
    return grads
