# one path, as in the toy expression
slope_through([[-3, 1, 1, 8]])

# two paths: x times x at 3
slope_through([[3], [3]])

# a sum times a
slope_through([[1, 2], [-1]])

# an arrow with slope 0 blocks its path
slope_through([[5, 0, 7], [2, 2]])

# three paths
slope_through([[1, 2], [3, 4], [0.5, -2]])

# no path: the result does not depend on it
slope_through([])

# a path without arrows: the result itself
slope_through([[]])
