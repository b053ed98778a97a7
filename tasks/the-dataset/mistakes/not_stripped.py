"""`strip` is asked here whether a line has a name, but what is kept is the line as it was, with its end."""
def documents(lines):
    return [line for line in lines if line.strip()]
