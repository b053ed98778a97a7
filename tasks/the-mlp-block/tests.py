# two numbers, four neurons
fc1 = [[Value(1), Value(0)], [Value(0), Value(1)], [Value(1), Value(-1)], [Value(-1), Value(-1)]]
fc2 = [[Value(1), Value(2), Value(3), Value(4)], [Value(0), Value(-1), Value(1), Value(0.5)]]
mlp([Value(2), Value(3)], fc1, fc2)

# numbers below 0
fc1 = [[Value(1), Value(0)], [Value(0), Value(1)], [Value(1), Value(-1)], [Value(-1), Value(-1)]]
fc2 = [[Value(1), Value(2), Value(3), Value(4)], [Value(0), Value(-1), Value(1), Value(0.5)]]
mlp([Value(-2), Value(1)], fc1, fc2)

# numbers between 0 and 1
fc1 = [[Value(1), Value(0)], [Value(0), Value(1)], [Value(1), Value(-1)], [Value(-1), Value(-1)]]
fc2 = [[Value(1), Value(2), Value(3), Value(4)], [Value(0), Value(-1), Value(1), Value(0.5)]]
mlp([Value(0.5), Value(0.25)], fc1, fc2)

# zeros
fc1 = [[Value(1), Value(0)], [Value(0), Value(1)], [Value(1), Value(-1)], [Value(-1), Value(-1)]]
fc2 = [[Value(1), Value(2), Value(3), Value(4)], [Value(0), Value(-1), Value(1), Value(0.5)]]
mlp([Value(0), Value(0)], fc1, fc2)

# another width at the end
mlp([Value(1), Value(-1)], [[Value(2), Value(1)], [Value(1), Value(2)]], [[Value(1), Value(1)], [Value(-1), Value(2)], [Value(3), Value(0)]])

# the gradient flows back to the input
fc1 = [[Value(1), Value(0)], [Value(0), Value(1)], [Value(1), Value(-1)], [Value(-1), Value(-1)]]
fc2 = [[Value(1), Value(2), Value(3), Value(4)], [Value(0), Value(-1), Value(1), Value(0.5)]]
x = [Value(2), Value(-3)]
mlp(x, fc1, fc2)[0].backward()
[x_i.grad for x_i in x]

# the vector stays as it is
fc1 = [[Value(1), Value(0)], [Value(0), Value(1)], [Value(1), Value(-1)], [Value(-1), Value(-1)]]
fc2 = [[Value(1), Value(2), Value(3), Value(4)], [Value(0), Value(-1), Value(1), Value(0.5)]]
x = [Value(2), Value(3)]
mlp(x, fc1, fc2)
