"""Characters come several times in the vocabulary. A `set` holds each once."""
def vocabulary(docs):
    return sorted(''.join(docs))

def encode(doc, uchars):
    return [uchars.index(ch) for ch in doc]
