"""The first input is token 0. A name begins after BOS."""
def generate(next_token, BOS, block_size):
    token_id = 0
    sample = []
    for pos_id in range(block_size):
        token_id = next_token(token_id, pos_id)
        if token_id == BOS:
            break
        sample.append(token_id)
    return sample
