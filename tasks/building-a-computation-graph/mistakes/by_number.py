"""Values are told apart by their numbers here. Two values with the same number are two: keep the values themselves in the set."""
def count(root):
    visited, values = set(), []
    def visit(v):
        if v.data not in visited:
            visited.add(v.data)
            values.append(v)
            for child in v._children:
                visit(child)
    visit(root)
    return len(values), sum(len(v._children) for v in values)
