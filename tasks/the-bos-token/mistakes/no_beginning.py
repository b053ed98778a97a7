"""There is no BOS at the beginning: the model would never learn with which letter a name begins."""
def pairs(ids, BOS, block_size):
    tokens = ids + [BOS]
    n = min(block_size, len(tokens) - 1)
    return [(tokens[pos_id], tokens[pos_id + 1]) for pos_id in range(n)]
