# the vocabulary of three names
vocabulary(['zoe', 'anna', 'mei'])

# a single name
vocabulary(['anna'])

# other letters
vocabulary(['żaneta', 'åse'])

# the token ids of a name
encode('anna', vocabulary(['anna', 'mei', 'zoe']))

# a vocabulary without some letters
encode('zoe', ['e', 'o', 'z'])

# a name without letters
encode('', ['a', 'b'])

# and back again
uchars = vocabulary(['zoe', 'anna', 'mei'])
[uchars[token_id] for token_id in encode('mei', uchars)]
