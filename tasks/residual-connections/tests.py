# a block that adds nothing
residual([Value(3), Value(-1)], lambda x: [x_i * 0 for x_i in x])

# a block that hands on what it gets
residual([Value(3), Value(-1)], lambda x: x)

# a block that exchanges the two
residual([Value(1), Value(2)], lambda x: [x[1], x[0]])

# a block that doubles
residual([Value(2), Value(0), Value(-4)], lambda x: [x_i * 2 for x_i in x])

# the way around the block hands the gradient on
x = [Value(3), Value(-1)]
residual(x, lambda x: [x_i * 0 for x_i in x])[0].backward()
[x_i.grad for x_i in x]

# the vector stays as it is
x = [Value(3), Value(4)]
residual(x, lambda x: [x_i + 1 for x_i in x])
