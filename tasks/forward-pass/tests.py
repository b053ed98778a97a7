Value.__pow__, Value.log, Value.exp, Value.relu = __pow__, log, exp, relu

# a square, and its local gradient
a = Value(3) ** 2
a.data, a._local_grads

# a power that is not whole
a = Value(4) ** 0.5
a.data, a._local_grads

# one divided by it
a = Value(2) ** -1
a.data, a._local_grads

# the logarithm, and its local gradient
a = Value(0.5).log()
a.data, a._local_grads

# the exponential, and its local gradient
a = Value(-1).exp()
a.data, a._local_grads

# relu of a number above 0
a = Value(4).relu()
a.data, a._local_grads

# relu of one below 0
a = Value(-6).relu()
a.data, a._local_grads

# relu of 0
a = Value(0).relu()
a.data, a._local_grads

# each remembers what it was made of
a = Value(2)
a.log()._children[0] is a, a.exp()._children[0] is a, a.relu()._children[0] is a, (a ** 3)._children[0] is a

# all together
((Value(2) * Value(-3) + 10).relu() ** 2).log().exp().data
