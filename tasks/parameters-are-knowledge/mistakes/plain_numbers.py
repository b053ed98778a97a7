"""The entries are plain numbers. To get a gradient, each has to be a `Value`."""
def matrix(nout, nin, draw):
    return [[draw() for _ in range(nin)] for _ in range(nout)]
