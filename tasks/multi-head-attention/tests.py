# three heads of two
q = [Value(1), Value(2), Value(-1), Value(0), Value(3), Value(1)]
keys = [[Value(0), Value(1), Value(2), Value(-1), Value(1), Value(0)], [Value(1), Value(1), Value(0), Value(2), Value(-2), Value(1)]]
values = [[Value(1), Value(2), Value(3), Value(4), Value(5), Value(6)], [Value(-1), Value(0), Value(2), Value(0), Value(1), Value(-3)]]
heads(q, keys, values, 3)

# two heads of three
q = [Value(1), Value(2), Value(-1), Value(0), Value(3), Value(1)]
keys = [[Value(0), Value(1), Value(2), Value(-1), Value(1), Value(0)], [Value(1), Value(1), Value(0), Value(2), Value(-2), Value(1)]]
values = [[Value(1), Value(2), Value(3), Value(4), Value(5), Value(6)], [Value(-1), Value(0), Value(2), Value(0), Value(1), Value(-3)]]
heads(q, keys, values, 2)

# a single head sees everything
q = [Value(1), Value(2), Value(-1), Value(0), Value(3), Value(1)]
keys = [[Value(0), Value(1), Value(2), Value(-1), Value(1), Value(0)], [Value(1), Value(1), Value(0), Value(2), Value(-2), Value(1)]]
values = [[Value(1), Value(2), Value(3), Value(4), Value(5), Value(6)], [Value(-1), Value(0), Value(2), Value(0), Value(1), Value(-3)]]
heads(q, keys, values, 1)

# six heads of one
q = [Value(1), Value(2), Value(-1), Value(0), Value(3), Value(1)]
keys = [[Value(0), Value(1), Value(2), Value(-1), Value(1), Value(0)], [Value(1), Value(1), Value(0), Value(2), Value(-2), Value(1)]]
values = [[Value(1), Value(2), Value(3), Value(4), Value(5), Value(6)], [Value(-1), Value(0), Value(2), Value(0), Value(1), Value(-3)]]
heads(q, keys, values, 6)

# the first position sees only itself
q = [Value(1), Value(2), Value(3), Value(4)]
heads(q, [q], [[Value(5), Value(6), Value(7), Value(8)]], 2)
