"""Long names have more pairs than the block has positions. Take at most `block_size`."""
def pairs(ids, BOS, block_size):
    tokens = [BOS] + ids + [BOS]
    return [(tokens[pos_id], tokens[pos_id + 1]) for pos_id in range(len(tokens) - 1)]
