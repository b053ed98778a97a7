"""The MLP is counted with one matrix. It has two: out, and back."""
def count_parameters(vocab_size, n_embd, n_layer, block_size):
    square = n_embd * n_embd
    layer = 4 * square + 4 * square
    return vocab_size * n_embd + block_size * n_embd + n_layer * layer + vocab_size * n_embd
