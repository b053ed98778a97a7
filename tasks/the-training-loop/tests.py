# the first step
learning_rate_at(0, 500)

# in the middle
learning_rate_at(250, 500)

# after a tenth
learning_rate_at(50, 500)

# the last step
learning_rate_at(499, 500)

# a shorter training
learning_rate_at(3, 12)

# behind the end
learning_rate_at(500, 500)
