"""The positions are missing: `wpe` has a row for each."""
def count_parameters(vocab_size, n_embd, n_layer, block_size):
    square = n_embd * n_embd
    layer = 4 * square + 2 * 4 * square
    return vocab_size * n_embd + n_layer * layer + vocab_size * n_embd
