"""The root itself is not counted. It is a value of its graph, too."""
def count(root):
    visited = set()
    def visit(v):
        if v not in visited:
            visited.add(v)
            for child in v._children:
                visit(child)
    visit(root)
    return len(visited) - 1, sum(len(v._children) for v in visited)
