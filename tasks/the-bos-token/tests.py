# a name of four letters
pairs([0, 13, 13, 0], 26, 8)

# a name of one letter
pairs([4], 26, 8)

# a name that fills the block
pairs([1, 2, 3, 4, 5, 6, 7], 26, 8)

# a name of eight letters: its end does not fit
pairs([1, 2, 3, 4, 5, 6, 7, 8], 26, 8)

# a longer name, a small block
pairs([5, 4, 3, 2, 1], 9, 3)

# no letters at all
pairs([], 26, 8)

# the list of ids stays as it is
ids = [3, 1]
pairs(ids, 26, 8)
