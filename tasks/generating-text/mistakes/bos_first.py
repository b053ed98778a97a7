"""The name begins with BOS. It is handed to the model, but is no part of the name."""
def generate(next_token, BOS, block_size):
    token_id = BOS
    sample = [BOS]
    for pos_id in range(block_size):
        token_id = next_token(token_id, pos_id)
        if token_id == BOS:
            break
        sample.append(token_id)
    return sample
