"""What can go wrong while the system comes up, each as one sentence for the person at the keyboard."""


class BringUpError(Exception):
    """The system can't come up or stay up; the text says why and what to do."""


class Interrupted(BringUpError):
    """Somebody asked to stop (Ctrl-C, SIGTERM) while a step was still under way."""

    def __init__(self) -> None:
        super().__init__("stopped on request")
