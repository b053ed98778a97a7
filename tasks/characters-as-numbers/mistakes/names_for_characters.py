"""These are the distinct names, not their distinct characters: join the names first."""
def vocabulary(docs):
    return sorted(set(docs))

def encode(doc, uchars):
    return [uchars.index(ch) for ch in doc]
