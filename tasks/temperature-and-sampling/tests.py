# temperature 1: as softmax has it
probabilities([Value(2), Value(1), Value(-1)], 1)

# temperature 0.5: surer
probabilities([Value(2), Value(1), Value(-1)], 0.5)

# temperature 2: less sure
probabilities([Value(2), Value(1), Value(-1)], 2)

# together they are 1
sum(p.data for p in probabilities([Value(3), Value(0.5), Value(-1), Value(0)], 0.7))

# a random number for each token
[choose([0.2, 0.5, 0.3], r) for r in [0.1, 0.4, 0.9]]

# the smallest one, and just below and above a border
[choose([0.25, 0.5, 0.25], r) for r in [0.0, 0.249, 0.251, 0.749, 0.751]]

# a token with probability 0 is never chosen
[choose([0.0, 0.5, 0.0, 0.5], r) for r in [0.0, 0.3, 0.5, 0.7]]

# a hundred random numbers, spread evenly: how often each comes
drawn = [choose([0.2, 0.5, 0.3], (r + 0.5) / 100) for r in range(100)]
[len([token_id for token_id in drawn if token_id == each]) for each in range(3)]

# a sum that ends just below 1
choose([0.5, 0.4999], 0.99995)
