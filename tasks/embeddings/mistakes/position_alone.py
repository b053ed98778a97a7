"""The token is missing: only its place is there."""
def embed(token_id, pos_id, wte, wpe):
    return wpe[pos_id]
