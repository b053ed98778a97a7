# a then n, then the end
after = {26: 0, 0: 13, 13: 26}
generate(lambda token_id, pos_id: after[token_id], 26, 8)

# the end comes at once
generate(lambda token_id, pos_id: 26, 26, 8)

# the end never comes: block_size tokens
tokens = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
generate(lambda token_id, pos_id: tokens[pos_id], 26, 8)

# what the model is asked
asked, tokens = [], [3, 1, 9]
generate(lambda token_id, pos_id: asked.append((token_id, pos_id)) or tokens[pos_id], 9, 5)
asked

# a small block
tokens = [5, 4, 3, 2]
generate(lambda token_id, pos_id: tokens[pos_id], 9, 3)
