"""The one exception type: a message that names what is wrong, where, and the remedy."""


class Error(RuntimeError):
    """What the library refuses or cannot do. ``str(error)`` is the whole message; the parts are attributes."""

    def __init__(self, message, problem="", where="", remedy=""):
        super().__init__(message)
        self.problem = problem or message
        self.where = where
        self.remedy = remedy
