"""With two lists, `+` puts one behind the other. The entries are to be added: go through both with `zip`."""
def embed(token_id, pos_id, wte, wpe):
    return wte[token_id] + wpe[pos_id]
