# two rows of three
numbers = [0.01, -0.02, 0.03, 0.0, 0.02, -0.01]
matrix(2, 3, lambda: numbers.pop(0))

# three rows of two
numbers = [1, 2, 3, 4, 5, 6]
matrix(3, 2, lambda: numbers.pop(0))

# its shape
m = matrix(4, 5, lambda: 0)
len(m), [len(row) for row in m]

# a single entry
matrix(1, 1, lambda: 7)

# each entry is a Value of its own
m = matrix(2, 2, lambda: 0)
m[0][0].data = 5
m

# an entry for each number drawn, none left
numbers = [1, 2, 3, 4]
matrix(2, 2, lambda: numbers.pop())
