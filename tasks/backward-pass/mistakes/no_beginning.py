"""Nothing begins it: the gradient of `self` is 0, and so all others stay 0. The slope of a value to itself is 1."""
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
    pass
    for v in reversed(order):
        for child, local_grad in zip(v._children, v._local_grads):
            child.grad += local_grad * v.grad
