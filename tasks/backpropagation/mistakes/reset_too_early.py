"""All gradients are 0: call `loss.backward()` first, and collect them before you reset them."""
def take_gradients(loss, params):
    loss.backward()
    for p in params:
        p.grad = 0
    return [p.grad for p in params]
