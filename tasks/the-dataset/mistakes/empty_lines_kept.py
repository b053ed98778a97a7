"""Empty lines are kept, as names without letters. Leave them out."""
def documents(lines):
    return [line.strip() for line in lines]
