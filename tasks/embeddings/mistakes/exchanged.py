"""The two numbers are exchanged: `token_id` chooses the row of `wte`, `pos_id` that of `wpe`."""
def embed(token_id, pos_id, wte, wpe):
    return [t + p for t, p in zip(wte[pos_id], wpe[token_id])]
