"""There is no BOS at the end: the model would never learn where a name stops."""
def pairs(ids, BOS, block_size):
    tokens = [BOS] + ids
    n = min(block_size, len(tokens) - 1)
    return [(tokens[pos_id], tokens[pos_id + 1]) for pos_id in range(n)]
