"""This asks for as many pairs as there are tokens. There is one less: nothing comes after the last token."""
def pairs(ids, BOS, block_size):
    tokens = [BOS] + ids + [BOS]
    n = min(block_size, len(tokens))
    return [(tokens[pos_id], tokens[pos_id + 1]) for pos_id in range(n)]
