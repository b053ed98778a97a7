# four entries
rmsnorm([Value(3), Value(-1), Value(1), Value(1)])

# ten times as large: nearly the same comes out
rmsnorm([Value(30), Value(-10), Value(10), Value(10)])

# entries above 0
rmsnorm([Value(1), Value(2), Value(3)])

# a single entry
rmsnorm([Value(-4)])

# zeros stay zeros
rmsnorm([Value(0.0), Value(0.0)])

# a small vector, where 1e-5 counts
rmsnorm([Value(0.002), Value(-0.001)])

# the gradient knows that the scale depends on all entries
x = [Value(3), Value(-1)]
rmsnorm(x)[0].backward()
[x_i.grad for x_i in x]

# the vector stays as it is
x = [Value(3), Value(4)]
rmsnorm(x)
