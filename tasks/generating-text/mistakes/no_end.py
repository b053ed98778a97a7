"""BOS does not end the name here: leave the loop with `break`."""
def generate(next_token, BOS, block_size):
    token_id = BOS
    sample = []
    for pos_id in range(block_size):
        token_id = next_token(token_id, pos_id)
        if token_id == BOS:
            continue
        sample.append(token_id)
    return sample
