"""Along a path, the local gradients are added here. They multiply: each arrow acts on what the one before has made."""
def slope_through(paths):
    total = 0
    for path in paths:
        total += sum(path)
    return total
