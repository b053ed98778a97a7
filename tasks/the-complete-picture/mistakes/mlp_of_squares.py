"""The matrices of the MLP are counted as squares. Each is four times as large."""
def count_parameters(vocab_size, n_embd, n_layer, block_size):
    square = n_embd * n_embd
    layer = 4 * square + 2 * square
    return vocab_size * n_embd + block_size * n_embd + n_layer * layer + vocab_size * n_embd
