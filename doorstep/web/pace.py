"""How often something was done of late: counts of one window of time, in this process, which no attack can make grow."""

from ipaddress import ip_address

from fastapi import Request

MOST_KEYS = 100_000    # more than this in one window is an attack: then every new one counts as one
OTHERS = ""


class Counts:
    """Counts of this window by kind and key; the next window starts from nothing."""

    def __init__(self, window: int, most_keys: int = MOST_KEYS) -> None:
        self.window = window                   # seconds
        self._most_keys = most_keys
        self._turn = -1
        self._counts: dict[tuple[str, str], int] = {}

    def key(self, kind: str, key: str | None, now: int) -> str:
        """As what it is counted in this window: itself, or, like nobody, as one of the others where there are too many."""
        if now // self.window != self._turn:
            self._turn, self._counts = now // self.window, {}
        known = key is not None and ((kind, key) in self._counts or len(self._counts) < self._most_keys)
        return str(key) if known else OTHERS

    def so_far(self, kind: str, key: str | None, now: int) -> int:
        """How many there were."""
        return self._counts.get((kind, self.key(kind, key, now)), 0)

    def one_more(self, kind: str, key: str | None, now: int) -> int:
        """Count one; how many that makes."""
        counted = (kind, self.key(kind, key, now))
        self._counts[counted] = self._counts.get(counted, 0) + 1
        return self._counts[counted]


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
