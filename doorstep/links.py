"""Signed links: an address that says whom it is for, in ids only, and that nobody else can make."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from itsdangerous import BadSignature, URLSafeSerializer

from doorstep.settings import Settings

DAY = 86400
PAGE_DAYS = 60         # how long after the visit, or after today where that is later, its page stays open
_SIGNED = 10           # bytes: 80 bits, which nobody guesses through a web server


class Links:
    """The links of one installation. A link made for one purpose is no good for another."""

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        """`keys`: the oldest first; the last one signs, all are believed, so that a key can be changed."""
        self._keys, self._base = list(keys), public_url.rstrip("/")

    def unsubscribe(self, notice_id: int) -> str:
        """Where one click, by POST, ends what is not duty for the address that this notice went to."""
        return f"{self._base}/u/{self._signer('unsubscribe').dumps(notice_id)}"

    def unsubscribed(self, token: str) -> int | None:
        """The notice that an unsubscribe link belongs to; None for a token that we did not make."""
        try:
            said = self._signer("unsubscribe").loads(token)
        except (BadSignature, UnicodeError):
            return None
        return said if isinstance(said, int) else None

    def visit(self, visit_id: int, until: int) -> str:
        """The customer's own page about one visit, good until the end of the UTC day of `until`.

        23 letters, where a library's signed and dated token takes 91: the link goes into text messages, which are paid by
        the part.
        """
        said = visit_id.to_bytes(5, "big") + (until // DAY).to_bytes(2, "big")
        return f"{self._base}/v/{urlsafe_b64encode(said + self._seal(self._keys[-1], said)).decode().rstrip('=')}"

    def visited(self, token: str, now: int) -> tuple[int, bool] | None:
        """The visit that a token belongs to, and whether it is still good; None for one that we did not make."""
        if len(token) != 23:
            return None
        try:
            raw = urlsafe_b64decode(token + "=")
        except (ValueError, UnicodeError):
            return None
        said, seal = raw[:7], raw[7:]
        # Written anew and compared: the last letter has spare bits, and what is no base64 is silently skipped.
        ours = urlsafe_b64encode(raw).decode().rstrip("=") == token
        if not ours or not any(hmac.compare_digest(self._seal(key, said), seal) for key in self._keys):
            return None
        return int.from_bytes(said[:5], "big"), now // DAY <= int.from_bytes(said[5:], "big")

    @staticmethod
    def _seal(key: str, said: bytes) -> bytes:
        return hmac.digest(key.encode(), b"doorstep visit " + said, "sha256")[:_SIGNED]

    def _signer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._keys, salt=purpose, signer_kwargs={"digest_method": sha256})


def page_until(day: str, now: int) -> int:
    """Until when the page of a visit on this day is open."""
    return max(int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()), now) + PAGE_DAYS * DAY


def open_links(settings: Settings, *, strict: bool = True) -> Links | None:
    """The links, once there is a key and an https address that customers can reach; until then messages carry none.

    Not `strict`: an address on this machine will do, for the pages themselves and for looking at them.
    """
    keys = [key.strip() for key in settings.secret_key.get_secret_value().split(",") if key.strip()]
    return Links(keys, settings.public_url) if keys and (settings.public_url.startswith("https://") or not strict) else None
