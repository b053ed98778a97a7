"""The list that came in is changed: `append` and `insert` work on it itself. `[BOS] + ids + [BOS]` makes a new one."""
def pairs(ids, BOS, block_size):
    ids.insert(0, BOS)
    ids.append(BOS)
    n = min(block_size, len(ids) - 1)
    return [(ids[pos_id], ids[pos_id + 1]) for pos_id in range(n)]
