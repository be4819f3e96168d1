"""What the desk says when something may not happen."""


class Refused(Exception):
    """The act is refused; the message is a sentence for the person who asked, with what to do.

    `about` names the one of the values given that cannot be, where it is one of them.
    """

    def __init__(self, sentence: str, about: str = "") -> None:
        super().__init__(sentence)
        self.about = about
