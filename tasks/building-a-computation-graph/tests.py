# a product
count(Value(2) * Value(-3))

# a value that was made of nothing
count(Value(5))

# a value that is used twice
a = Value(3)
count(a * a)

# two values with the same number
count(Value(3) * Value(3))

# the toy expression
count((Value(2) * Value(-3) + 10).relu() ** 2)

# two paths that meet again
a = Value(2)
b = a * 3
count(b + b * b)

# the sum of a list begins with a 0 of its own
count(sum([Value(1), Value(2)]))

# a neuron by hand
w, x = [Value(2), Value(-1)], [Value(4), Value(5)]
count(sum(w_j * x_j for w_j, x_j in zip(w, x)).relu() ** 2)
