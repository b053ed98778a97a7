"""This asks for a pair after the last token, where nothing comes next: there are `len(tokens) - 1` pairs, and at most `block_size`."""
def pairs(ids, BOS, block_size):
    tokens = [BOS] + ids + [BOS]
    n = min(block_size, len(tokens))
    return [(tokens[pos_id], tokens[pos_id + 1]) for pos_id in range(n)]
