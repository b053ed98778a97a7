# two rows of three
x = [Value(1), Value(2), Value(-1)]
w = [[Value(2), Value(0), Value(1)], [Value(-1), Value(3), Value(4)]]
linear(x, w)

# three rows of two
x = [Value(2), Value(3)]
w = [[Value(1), Value(0)], [Value(1), Value(1)], [Value(0), Value(-1)]]
linear(x, w)

# a square matrix
x = [Value(1), Value(10)]
w = [[Value(1), Value(2)], [Value(3), Value(4)]]
linear(x, w)

# a single row
linear([Value(0.5), Value(4)], [[Value(2), Value(0.25)]])

# the gradient goes to the matrix and to the vector
x, w = [Value(2), Value(3)], [[Value(5), Value(7)], [Value(1), Value(1)]]
linear(x, w)[0].backward()
[p.grad for p in x], [[p.grad for p in row] for row in w]

# the vector stays as it is
x = [Value(1), Value(2)]
linear(x, [[Value(3), Value(4)], [Value(5), Value(6)]])
