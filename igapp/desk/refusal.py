"""What the desk says when something may not happen."""


class Refused(Exception):
    """The act is refused; the message is a sentence for the person who asked, with what to do."""
