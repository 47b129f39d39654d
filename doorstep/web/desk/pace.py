"""No client may try many passwords: so many wrong ones in so many minutes, then it must wait."""

from fastapi import Request

from doorstep.web.visit_pace import client_of

WINDOW = 300                      # seconds
MOST = 20                         # wrong tries of one client in one window
MOST_TOGETHER = 500               # of all whose address is not known: they stand behind a proxy or in an office of ours
CLIENTS = 10_000                  # remembered at most; more in one window is an attack, and its clients count as one


class Tries:
    """The wrong tries of this window, in this process. What is right is not counted: an office may share one address."""

    def __init__(self) -> None:
        self._window = -1
        self._wrong: dict[str, int] = {}

    def wait(self, client: str | None, now: int) -> int:
        """Seconds until this client may try again; 0 when it may."""
        self._turn(now)
        key, most = self._key(client)
        return WINDOW - now % WINDOW if self._wrong.get(key, 0) >= most else 0

    def wrong(self, client: str | None, now: int) -> None:
        """One more wrong try."""
        self._turn(now)
        key, _ = self._key(client)
        self._wrong[key] = self._wrong.get(key, 0) + 1

    def _turn(self, now: int) -> None:
        if now // WINDOW != self._window:
            self._window, self._wrong = now // WINDOW, {}

    def _key(self, client: str | None) -> tuple[str, int]:
        known = client is not None and (client in self._wrong or len(self._wrong) < CLIENTS)
        return (str(client), MOST) if known else ("", MOST_TOGETHER)


class Pace:
    """The tries of one request's client."""

    def __init__(self, request: Request) -> None:
        state = request.app.state
        if not hasattr(state, "desk_tries"):
            state.desk_tries = Tries()
        self._tries: Tries = state.desk_tries
        self._client = client_of(request)

    def wait(self, now: int) -> int:
        """Seconds until it may try again; 0 when it may."""
        return self._tries.wait(self._client, now)

    def wrong(self, now: int) -> None:
        """One more wrong try."""
        self._tries.wrong(self._client, now)
