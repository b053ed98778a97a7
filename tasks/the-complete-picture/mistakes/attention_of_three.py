"""Attention is counted with three matrices: query, key and value. There is a fourth, `attn_wo`."""
def count_parameters(vocab_size, n_embd, n_layer, block_size):
    square = n_embd * n_embd
    layer = 3 * square + 2 * 4 * square
    return vocab_size * n_embd + block_size * n_embd + n_layer * layer + vocab_size * n_embd
