"""The paths are multiplied here. They add up: each brings a change of its own."""
def slope_through(paths):
    product = 1
    for path in paths:
        for local_grad in path:
            product *= local_grad
    return product
