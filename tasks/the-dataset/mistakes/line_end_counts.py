"""A line that has only its line end counts as a name here: ask the line without its end whether it is empty."""
def documents(lines):
    return [line.strip() for line in lines if line]
