"""The product of one path goes on into the next: begin it with 1 for each path."""
def slope_through(paths):
    total = 0
    product = 1
    for path in paths:
        for local_grad in path:
            product *= local_grad
        total += product
    return total
