"""The one exception type: a message that names what is wrong, where, and the remedy."""


class Error(RuntimeError):
    """What the library refuses or cannot do. ``str(error)`` is the whole message; the parts are attributes."""

    def __init__(self, problem, where="", remedy="", message=None):
        super().__init__(message or problem + (f"\n  remedy: {remedy}" if remedy else ""))
        self.problem = problem
        self.where = where
        self.remedy = remedy
