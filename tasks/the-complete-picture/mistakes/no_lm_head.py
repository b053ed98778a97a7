"""`lm_head` is missing: a row for each token at the end, beside that of `wte` at the beginning."""
def count_parameters(vocab_size, n_embd, n_layer, block_size):
    square = n_embd * n_embd
    layer = 4 * square + 2 * 4 * square
    return vocab_size * n_embd + block_size * n_embd + n_layer * layer
