"""Values that are used twice stand twice in the order, and pass their gradient on twice. Skip what was visited."""
def backward(self):
    order = []
    visited = set()
    def visit(v):
        for child in v._children:
            visit(child)
        order.append(v)
    visit(self)
    self.grad = 1
    for v in reversed(order):
        for child, local_grad in zip(v._children, v._local_grads):
            child.grad += local_grad * v.grad
