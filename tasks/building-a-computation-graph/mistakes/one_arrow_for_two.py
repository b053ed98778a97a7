"""A value that is used twice in one operation has two arrows there: count uses, not different children."""
def count(root):
    visited = set()
    def visit(v):
        if v not in visited:
            visited.add(v)
            for child in v._children:
                visit(child)
    visit(root)
    return len(visited), sum(len(set(v._children)) for v in visited)
