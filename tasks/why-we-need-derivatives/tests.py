# the square at 3, a nudge of 0.1
slope(lambda x: x * x, 3, 0.1)

# the square at -2, a smaller nudge
slope(lambda x: x * x, -2, 0.01)

# a straight line
slope(lambda x: 7 - 4 * x, 10, 0.5)

# what does not depend on x has slope 0
slope(lambda x: 5, 1, 0.1)

# a nudge to the left
slope(lambda x: x * x, 3, -0.1)

# a cube
slope(lambda x: x ** 3, 1, 0.001)
