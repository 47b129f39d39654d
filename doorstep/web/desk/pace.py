"""No client may try many passwords: so many wrong ones in so many minutes, then it must wait."""

from fastapi import Request

from doorstep.web.pace import OTHERS, Counts, client_of

WINDOW = 300                      # seconds
MOST = 20                         # wrong tries of one client in one window
MOST_TOGETHER = 500               # of all whose address is not known: they stand behind a proxy or in an office of ours
LOGIN = "login"
CLIENTS = 10_000                  # remembered at most; more in one window is an attack, and its clients count as one


class Tries:
    """The wrong tries of this window. What is right is not counted: an office may share one address."""

    def __init__(self) -> None:
        self._wrong = Counts(WINDOW, CLIENTS)

    def wait(self, client: str | None, now: int) -> int:
        """Seconds until this client may try again; 0 when it may."""
        most = MOST_TOGETHER if self._wrong.key(LOGIN, client, now) == OTHERS else MOST
        return WINDOW - now % WINDOW if self._wrong.so_far(LOGIN, client, now) >= most else 0

    def wrong(self, client: str | None, now: int) -> None:
        """One more wrong try."""
        self._wrong.one_more(LOGIN, client, now)


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


async def pace_of(request: Request) -> Pace:
    """The tries of who sent this request."""
    return Pace(request)
