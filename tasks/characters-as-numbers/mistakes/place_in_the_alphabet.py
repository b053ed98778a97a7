"""The id is taken from the alphabet, with `ord`. It is the place in `uchars`, which need not have all letters."""
def vocabulary(docs):
    return sorted(set(''.join(docs)))

def encode(doc, uchars):
    return [ord(ch) - ord('a') for ch in doc]
