def vocabulary(docs):
    """The distinct characters of all names, sorted.

    >>> vocabulary(['anna', 'olu'])
    ['a', 'l', 'n', 'o', 'u']
    """
    ...

def encode(doc, uchars):
    """The token ids of a name.

    >>> encode('anna', ['a', 'l', 'n', 'o', 'u'])
    [0, 2, 2, 0]
    """
    ...
