"""The model gets BOS every time. Hand in the token that came out before."""
def generate(next_token, BOS, block_size):
    token_id = BOS
    sample = []
    for pos_id in range(block_size):
        token_id = next_token(BOS, pos_id)
        if token_id == BOS:
            break
        sample.append(token_id)
    return sample
