"""The BOS at the end is in the name. Look whether it came before you append."""
def generate(next_token, BOS, block_size):
    token_id = BOS
    sample = []
    for pos_id in range(block_size):
        token_id = next_token(token_id, pos_id)
        sample.append(token_id)
        if token_id == BOS:
            break
    return sample
