# down the square, from 3
p = Value(3)
p.grad = 6
descend([p], 0.1)
p.data

# the gradient is 0 again
p = Value(3)
p.grad = 6
descend([p], 0.1)
p.grad

# two parameters
a, b = Value(2), Value(-3)
(a * b).backward()
descend([a, b], 0.5)
a.data, b.data

# both gradients are 0 again
a, b = Value(2), Value(-3)
(a * b).backward()
descend([a, b], 0.5)
a.grad, b.grad

# a gradient below 0: the number rises
p = Value(1)
p.grad = -4
descend([p], 0.25)
p.data

# a gradient of 0: the number stays
p = Value(5)
descend([p], 0.1)
p.data

# two steps down the square
p = Value(3)
(p * p).backward()
descend([p], 0.1)
(p * p).backward()
descend([p], 0.1)
p.data
