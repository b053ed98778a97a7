"""Tokens, positions and `lm_head` are counted once for each layer. They stand outside the layers."""
def count_parameters(vocab_size, n_embd, n_layer, block_size):
    square = n_embd * n_embd
    layer = 4 * square + 2 * 4 * square
    return n_layer * (vocab_size * n_embd + block_size * n_embd + layer + vocab_size * n_embd)
