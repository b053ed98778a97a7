class Value:
    """A number that remembers what it was made of.

    >>> c = Value(2) * Value(-3)
    >>> c.data, c._local_grads
    (-6, (-3, 2))
    """

    def __init__(self, data, children=(), local_grads=()):
        self.data = data
        self.grad = 0
        self._children = children
        self._local_grads = local_grads

    def __add__(self, other):
        ...

    def __mul__(self, other):
        ...
