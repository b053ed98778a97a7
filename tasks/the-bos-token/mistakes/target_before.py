"""The two are the wrong way round: first the token, then the one that comes next."""
def pairs(ids, BOS, block_size):
    tokens = [BOS] + ids + [BOS]
    n = min(block_size, len(tokens) - 1)
    return [(tokens[pos_id + 1], tokens[pos_id]) for pos_id in range(n)]
