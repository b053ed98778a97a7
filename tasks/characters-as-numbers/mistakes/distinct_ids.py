"""Each letter comes once in the ids. A name with a letter twice has its id twice."""
def vocabulary(docs):
    return sorted(set(''.join(docs)))

def encode(doc, uchars):
    return [uchars.index(ch) for ch in vocabulary([doc])]
