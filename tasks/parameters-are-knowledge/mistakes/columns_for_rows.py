"""Rows and columns are exchanged: `nout` is the number of rows, `nin` the length of each."""
def matrix(nout, nin, draw):
    return [[Value(draw()) for _ in range(nout)] for _ in range(nin)]
