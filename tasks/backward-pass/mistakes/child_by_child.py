"""Each call of `backward` begins anew, with `self.grad = 1`: what had come from above is lost. Call it once, and walk through an order of all values."""
def backward(self):
    self.grad = 1
    for child, local_grad in zip(self._children, self._local_grads):
        child.grad += local_grad * self.grad
        child.backward()
