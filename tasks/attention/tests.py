# three positions
q = [Value(1), Value(2)]
keys = [[Value(2), Value(-1)], [Value(1), Value(1)], [Value(0), Value(1)]]
values = [[Value(4), Value(0)], [Value(0), Value(4)], [Value(2), Value(2)]]
attend(q, keys, values)

# another query, the same keys and values
q = [Value(2), Value(1)]
keys = [[Value(2), Value(-1)], [Value(1), Value(1)], [Value(0), Value(1)]]
values = [[Value(4), Value(0)], [Value(0), Value(4)], [Value(2), Value(2)]]
attend(q, keys, values)

# the first position sees only itself
attend([Value(1), Value(-1)], [[Value(3), Value(0)]], [[Value(5), Value(7)]])

# vectors of four
q = [Value(1), Value(0), Value(-1), Value(2)]
keys = [[Value(1), Value(1), Value(0), Value(1)], [Value(0), Value(2), Value(1), Value(0)]]
values = [[Value(1), Value(2), Value(3), Value(4)], [Value(-1), Value(0), Value(1), Value(0)]]
attend(q, keys, values)

# equal keys: the mean of the values
q = [Value(3), Value(1)]
keys = [[Value(1), Value(1)], [Value(1), Value(1)]]
values = [[Value(2), Value(0)], [Value(4), Value(6)]]
attend(q, keys, values)

# the gradient flows to the query, the keys and the values
q = [Value(1), Value(2)]
keys = [[Value(2), Value(-1)], [Value(1), Value(1)]]
values = [[Value(4), Value(0)], [Value(0), Value(4)]]
attend(q, keys, values)[0].backward()
[p.grad for p in q], [[p.grad for p in k_t] for k_t in keys], [[p.grad for p in v_t] for v_t in values]
