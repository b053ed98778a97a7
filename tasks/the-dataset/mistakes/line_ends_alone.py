"""Only line ends are taken off; spaces stay around the names. `strip()` without an argument takes off both."""
def documents(lines):
    return [line.strip('\n') for line in lines if line.strip('\n')]
