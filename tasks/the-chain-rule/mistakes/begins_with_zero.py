"""The result is always 0: begin the product of each path with 1, and add it to the total with `+=`."""
def slope_through(paths):
    total = 0
    for path in paths:
        product = 0
        for local_grad in path:
            product *= local_grad
        total += product
    return total
