"""Signed links: an address that says whom it is for, in ids only, and that nobody else can make."""

from collections.abc import Sequence
from hashlib import sha256

from itsdangerous import BadSignature, URLSafeSerializer

from doorstep.settings import Settings


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

    def _signer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._keys, salt=purpose, signer_kwargs={"digest_method": sha256})


def open_links(settings: Settings) -> Links | None:
    """The links, once there is a key and an https address that customers can reach; until then messages carry none."""
    keys = [key.strip() for key in settings.secret_key.get_secret_value().split(",") if key.strip()]
    return Links(keys, settings.public_url) if keys and settings.public_url.startswith("https://") else None
