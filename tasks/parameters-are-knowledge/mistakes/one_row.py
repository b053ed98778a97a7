"""All rows are the same list: `[row] * nout` does not copy it. A change in one row shows in all."""
def matrix(nout, nin, draw):
    return [[Value(draw()) for _ in range(nin)]] * nout
