"""Only the last path counts here: a `+=` is missing."""
def slope_through(paths):
    total = 0
    for path in paths:
        product = 1
        for local_grad in path:
            product *= local_grad
        total = product
    return total
