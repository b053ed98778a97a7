"""All entries of a row are the same `Value`. Draw anew for each entry."""
def matrix(nout, nin, draw):
    return [[Value(draw())] * nin for _ in range(nout)]
