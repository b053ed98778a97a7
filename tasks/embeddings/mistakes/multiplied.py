"""The two rows are multiplied. They are added."""
def embed(token_id, pos_id, wte, wpe):
    return [t * p for t, p in zip(wte[token_id], wpe[pos_id])]
