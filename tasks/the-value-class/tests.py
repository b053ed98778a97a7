# a sum
(Value(2) + Value(-3)).data

# its local gradients
(Value(2) + Value(-3))._local_grads

# a product
(Value(2) * Value(-3)).data

# its local gradients
(Value(2) * Value(-3))._local_grads

# a sum remembers what it was made of
a, b = Value(2), Value(-3)
(a + b)._children[0] is a, (a + b)._children[1] is b

# a product too
a, b = Value(2), Value(-3)
(a * b)._children[0] is a, (a * b)._children[1] is b

# with a plain number behind
(Value(2) + 10).data, (Value(2) * 10).data, (Value(2) * 10)._children[1]

# several operations
a, b, c = Value(2), Value(-3), Value(10)
(a * b + c)._children[0]._local_grads

# the numbers themselves stay
a, b = Value(2), Value(-3)
(a * b + a).data
