"""The position is missing: the same token would look the same everywhere."""
def embed(token_id, pos_id, wte, wpe):
    return wte[token_id]
