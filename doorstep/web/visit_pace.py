"""How often one may send a form: a person's pace for each visit, and a household's or an office's for each address."""

from ipaddress import ip_address

from fastapi import Request

WINDOW = 600           # seconds
PER_VISIT = 40
PER_CLIENT = 400
MOST_KEYS = 100_000    # more than this in one window is an attack: then every new one counts as one


class Pace:
    """Counts of this window, in this process; the next window starts from nothing."""

    def __init__(self) -> None:
        self._window = -1
        self._counts: dict[tuple[str, str], int] = {}

    def too_often(self, kind: str, key: str, most: int, now: int) -> bool:
        """Count one more; whether that is more than may be."""
        if now // WINDOW != self._window:
            self._window, self._counts = now // WINDOW, {}
        known = (kind, key) if (kind, key) in self._counts or len(self._counts) < MOST_KEYS else (kind, "others")
        self._counts[known] = self._counts.get(known, 0) + 1
        return self._counts[known] > most


def pace_of(request: Request) -> Pace:
    """The counts of this application."""
    state = request.app.state
    if not hasattr(state, "pace"):
        state.pace = Pace()
    found: Pace = state.pace
    return found


def client_of(request: Request) -> str | None:
    """Who asks; None where that is only a proxy of ours, behind which everybody stands."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if not address.is_global:
        return None
    # A household has a whole network of version 6.
    return host if address.version == 4 else str(ip_address(int(address) >> 64 << 64))
