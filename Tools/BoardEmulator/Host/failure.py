"""What went wrong, in one line: what was expected and what was found."""


class Failure(Exception):
    """Ends a command with its words and exit code 1."""
