# the second token at the first position
wte = [[Value(1), Value(2), Value(3)], [Value(4), Value(5), Value(6)]]
wpe = [[Value(0.1), Value(0.2), Value(0.3)], [Value(-1), Value(-2), Value(-3)]]
embed(1, 0, wte, wpe)

# the first token at the second position
wte = [[Value(1), Value(2), Value(3)], [Value(4), Value(5), Value(6)]]
wpe = [[Value(0.1), Value(0.2), Value(0.3)], [Value(-1), Value(-2), Value(-3)]]
embed(0, 1, wte, wpe)

# more tokens than positions
wte = [[Value(0), Value(0)], [Value(1), Value(1)], [Value(2), Value(2)], [Value(3), Value(4)]]
wpe = [[Value(5), Value(7)]]
embed(3, 0, wte, wpe)

# the gradient goes to one row of each matrix
wte = [[Value(1), Value(2)], [Value(3), Value(4)]]
wpe = [[Value(5), Value(6)], [Value(7), Value(8)]]
sum(embed(1, 0, wte, wpe)).backward()
[[p.grad for p in row] for row in wte], [[p.grad for p in row] for row in wpe]
