"""Each token is its own target here. The target is the next token, at `pos_id + 1`."""
def pairs(ids, BOS, block_size):
    tokens = [BOS] + ids + [BOS]
    n = min(block_size, len(tokens) - 1)
    return [(tokens[pos_id], tokens[pos_id]) for pos_id in range(n)]
