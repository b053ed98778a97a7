"""The ids begin at 1 here. Python counts places from 0, and so does the vocabulary."""
def vocabulary(docs):
    return sorted(set(''.join(docs)))

def encode(doc, uchars):
    return [uchars.index(ch) + 1 for ch in doc]
