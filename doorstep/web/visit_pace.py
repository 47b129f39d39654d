"""How often one may send a form: a person's pace for each visit, and a household's or an office's for each address."""

from fastapi import Request

from doorstep.web.pace import Counts

WINDOW = 600           # seconds
PER_VISIT = 40
PER_CLIENT = 400


class Pace(Counts):
    """The forms of this window."""

    def __init__(self) -> None:
        super().__init__(WINDOW)

    def too_often(self, kind: str, key: str, most: int, now: int) -> bool:
        """Count one more; whether that is more than may be."""
        return self.one_more(kind, key, now) > most


def pace_of(request: Request) -> Pace:
    """The counts of this application."""
    state = request.app.state
    if not hasattr(state, "pace"):
        state.pace = Pace()
    found: Pace = state.pace
    return found
