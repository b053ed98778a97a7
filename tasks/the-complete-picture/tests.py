# the model of this course
count_parameters(27, 16, 1, 8)

# with two layers
count_parameters(27, 16, 2, 8)

# twice as wide
count_parameters(27, 32, 1, 8)

# a longer block
count_parameters(27, 16, 1, 1024)

# a vocabulary of a thousand tokens
count_parameters(1000, 16, 1, 8)

# without any layer
count_parameters(27, 16, 0, 8)
