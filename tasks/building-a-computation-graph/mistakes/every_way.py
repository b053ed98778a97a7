"""A value is counted again on every way that leads to it. Keep in mind, in a set, which were visited."""
def count(root):
    values, arrows = 1, len(root._children)
    for child in root._children:
        more_values, more_arrows = count(child)
        values, arrows = values + more_values, arrows + more_arrows
    return values, arrows
