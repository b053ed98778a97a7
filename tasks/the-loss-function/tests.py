# two positions
probs = [[Value(0.2), Value(0.5), Value(0.3)], [Value(0.1), Value(0.1), Value(0.8)]]
mean_loss(probs, [1, 2])

# other targets
probs = [[Value(0.2), Value(0.5), Value(0.3)], [Value(0.1), Value(0.1), Value(0.8)]]
mean_loss(probs, [0, 0])

# a single position
mean_loss([[Value(0.9), Value(0.1)]], [1])

# a certain one that is right costs nothing
mean_loss([[Value(1.0), Value(0.5)]], [0])

# guessing among 27
mean_loss([[Value(1 / 27) for _ in range(27)] for _ in range(3)], [4, 0, 26])

# the gradient goes to the targets alone
probs = [[Value(0.2), Value(0.5), Value(0.3)], [Value(0.1), Value(0.1), Value(0.8)]]
mean_loss(probs, [1, 2]).backward()
[[p.grad for p in at_position] for at_position in probs]
