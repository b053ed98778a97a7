# lines with their ends
documents(['anna\n', 'olu\n', 'mei'])

# an empty line between two names
documents(['anna\n', '\n', 'olu\n'])

# spaces around a name
documents(['  anna \n', ' olu\n'])

# a line of spaces alone
documents(['   \n', 'anna\n', ''])

# a space within a name stays
documents(['mary ann\n'])

# no lines at all
documents([])

# the lines stay as they are
lines = ['anna\n', ' olu \n']
documents(lines)
