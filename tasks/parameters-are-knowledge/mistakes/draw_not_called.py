"""`draw` is the function itself. To draw a number, call it: `draw()`."""
def matrix(nout, nin, draw):
    return [[Value(draw) for _ in range(nin)] for _ in range(nout)]
