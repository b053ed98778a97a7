# the first step
p, m, v = Value(1.0), [0.0], [0.0]
p.grad = 0.3
adam([p], m, v, 0, 0.01)
p.data

# what the buffers hold then
p, m, v = Value(1.0), [0.0], [0.0]
p.grad = 0.3
adam([p], m, v, 0, 0.01)
m, v

# the gradient is 0 again
p, m, v = Value(1.0), [0.0], [0.0]
p.grad = 0.3
adam([p], m, v, 0, 0.01)
p.grad

# three steps with different gradients
p, m, v = Value(1.0), [0.0], [0.0]
p.grad = 0.3
adam([p], m, v, 0, 0.01)
p.grad = -0.1
adam([p], m, v, 1, 0.01)
p.grad = 0.4
adam([p], m, v, 2, 0.01)
p.data

# two parameters
a, b, m, v = Value(1.0), Value(-2.0), [0.1, 0.0], [0.2, 0.5]
a.grad, b.grad = 2, -0.5
adam([a, b], m, v, 4, 0.1)
a.data, b.data, a.grad, b.grad

# a gradient so small that eps_adam counts
p, m, v = Value(1.0), [0.0], [0.0]
p.grad = 1e-8
adam([p], m, v, 0, 0.01)
p.data

# a gradient of 0
p, m, v = Value(1.0), [0.0], [0.0]
adam([p], m, v, 0, 0.01)
p.data
