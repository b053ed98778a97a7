Value.backward = backward

# a product
a, b = Value(2), Value(-3)
(a * b).backward()
a.grad, b.grad

# the slope of a value to itself
c = Value(2) * Value(-3)
c.backward()
c.grad

# the toy expression
a, b, c = Value(2), Value(-3), Value(10)
((a * b + c).relu() ** 2).backward()
a.grad, b.grad, c.grad

# a value that is used twice
a = Value(3)
(a * a).backward()
a.grad

# two paths that meet again
a = Value(2)
b = a * 3
(b + b * b).backward()
a.grad, b.grad

# paths of different length
a = Value(2)
b = a * 3
c = b * 5
(c + b).backward()
a.grad, b.grad, c.grad

# a value that was made of nothing
a = Value(5)
a.backward()
a.grad

# the numbers stay as they are
a, b = Value(2), Value(-3)
c = a * b + a
c.backward()
c.data
