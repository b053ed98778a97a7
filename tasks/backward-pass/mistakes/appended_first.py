"""A value is appended before its children are visited. Where paths differ in length, it then passes on a gradient that is not complete."""
def backward(self):
    order = []
    visited = set()
    def visit(v):
        if v not in visited:
            visited.add(v)
            order.append(v)
            for child in v._children:
                visit(child)
    visit(self)
    self.grad = 1
    for v in order:
        for child, local_grad in zip(v._children, v._local_grads):
            child.grad += local_grad * v.grad
