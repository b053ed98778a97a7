"""Only BOS ends the name here. The model has no more than `block_size` positions."""
def generate(next_token, BOS, block_size):
    token_id = BOS
    sample = []
    pos_id = -1
    while True:
        pos_id += 1
        token_id = next_token(token_id, pos_id)
        if token_id == BOS:
            break
        sample.append(token_id)
    return sample
