"""What went wrong, in one line: what was expected and what was found."""

# What a command ends with: what it checks holds; does not; or nothing can be said, since the run itself failed.
HOLDS, DOES_NOT_HOLD, UNKNOWN = 0, 1, 2


class Failure(Exception):
    """Ends a command with its words and exit code 2, unless it is what the command looks for."""
