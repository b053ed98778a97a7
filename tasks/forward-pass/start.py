def __pow__(self, c):
    """self to the power of a plain number.

    >>> a = __pow__(Value(3), 2)
    >>> a.data, a._local_grads
    (9, (6,))
    """
    ...

def log(self):
    ...

def exp(self):
    ...

def relu(self):
    ...
