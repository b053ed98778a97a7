"""The characters stand in the order in which they come up. Sort them: then the ids do not depend on the order of the names."""
def vocabulary(docs):
    uchars = []
    for ch in ''.join(docs):
        if ch not in uchars:
            uchars.append(ch)
    return uchars

def encode(doc, uchars):
    return [uchars.index(ch) for ch in doc]
