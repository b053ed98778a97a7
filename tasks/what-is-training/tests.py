# six losses, five at a time
moving_mean([3.32, 3.34, 3.31, 3.27, 3.27, 3.20], 5)

# two at a time
moving_mean([3, 1, 2, 0], 2)

# one at a time: the losses themselves
moving_mean([3, 1, 2], 1)

# all at once: a single mean
moving_mean([3, 1, 2], 3)

# more at a time than there are: no mean
moving_mean([3, 1], 5)

# the list stays as it is
losses = [3, 1, 2, 0]
moving_mean(losses, 3)
