"""The gradients are reset at the beginning. Each name then gets its own, but afterwards they are not 0, as the task asks."""
def take_gradients(loss, params):
    for p in params:
        p.grad = 0
    loss.backward()
    return [p.grad for p in params]
