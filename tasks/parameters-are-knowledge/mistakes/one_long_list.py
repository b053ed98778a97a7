"""This is one long list. A matrix is a list of rows."""
def matrix(nout, nin, draw):
    return [Value(draw()) for _ in range(nout * nin)]
