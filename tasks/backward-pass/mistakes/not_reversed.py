"""This goes from the parameters to the end, where no gradient is known yet. Go through the order in reverse."""
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
