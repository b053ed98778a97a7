# a product
a, b = Value(2), Value(-3)
take_gradients(a * b, [a, b])

# nothing is left behind
a, b = Value(2), Value(-3)
take_gradients(a * b, [a, b])
a.grad, b.grad

# two names, one after the other
a, b = Value(2), Value(-3)
take_gradients(a * b, [a, b]), take_gradients(a * a + b, [a, b])

# a parameter that the loss does not use
a, b = Value(2), Value(-3)
take_gradients(a * a, [a, b])

# a parameter that is used several times
a = Value(3)
take_gradients(a * a * a + a, [a])

# the numbers stay as they are
a, b = Value(2), Value(-3)
take_gradients(a * b, [a, b])
a.data, b.data
