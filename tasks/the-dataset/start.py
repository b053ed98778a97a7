def documents(lines):
    """The names in the lines of a file.

    >>> documents([' anna ', '', 'olu'])
    ['anna', 'olu']
    """
    ...
