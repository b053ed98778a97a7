"""The name ends one token too early: there are `block_size` positions."""
def generate(next_token, BOS, block_size):
    token_id = BOS
    sample = []
    for pos_id in range(block_size - 1):
        token_id = next_token(token_id, pos_id)
        if token_id == BOS:
            break
        sample.append(token_id)
    return sample
