"""The operation changes `self`. It should make a new `Value` and leave both as they are."""
class Value:
    def __init__(self, data, children=(), local_grads=()):
        self.data = data
        self.grad = 0
        self._children = children
        self._local_grads = local_grads

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        self.data += other.data
        self._children, self._local_grads = (self, other), (1, 1)
        return self

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        self._children, self._local_grads = (self, other), (other.data, self.data)
        self.data *= other.data
        return self
