"""The result is a plain number, which remembers nothing. Make a `Value` of it."""
class Value:
    def __init__(self, data, children=(), local_grads=()):
        self.data = data
        self.grad = 0
        self._children = children
        self._local_grads = local_grads

    def __add__(self, other):
        return self.data + (other.data if isinstance(other, Value) else other)

    def __mul__(self, other):
        return self.data * (other.data if isinstance(other, Value) else other)
