"""The product begins with 0, and so it stays 0. Begin it with 1."""
def slope_through(paths):
    total = 0
    for path in paths:
        product = 0
        for local_grad in path:
            product *= local_grad
        total += product
    return total
