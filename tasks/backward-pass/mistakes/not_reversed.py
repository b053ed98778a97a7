"""Only the children of `self` get a gradient. Make an order of *all* values, each behind its children, and go through it in reverse, from the end."""
def backward(self):
    order = []
    visited = set()
    def visit(v):
        if v not in visited:
            visited.add(v)
            for child in v._children:
                visit(child)
            order.append(v)
    visit(self)
    self.grad = 1
    for v in order:
        for child, local_grad in zip(v._children, v._local_grads):
            child.grad += local_grad * v.grad
