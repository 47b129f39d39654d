"""Amazon SNS over HTTPS: a message is SNS's if a certificate of SNS's own signed it, about a topic of ours, not long ago."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import httpx
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate

from doorstep.amazon import session
from doorstep.errors import Transient
from doorstep.inbox.news import Unreadable, text_of

NOTIFICATION, CONFIRMATION, FAREWELL = "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"
SIGNED = {NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
          **dict.fromkeys((CONFIRMATION, FAREWELL), ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn",
                                                     "Type"))}
OLDEST, AHEAD = 3600, 300          # seconds that a message may be old, or its clock ahead of ours
MOST_CERTIFICATE = 32 * 1024
FETCH_SECONDS = 5
KEPT = 32                          # certificates
_TOPIC = re.compile(r"arn:aws(?:-[a-z]+)*:sns:([a-z]{2}(?:-[a-z]+)+-[0-9]):[0-9]{12}:[A-Za-z0-9_.-]{1,256}").fullmatch
_HOST = re.compile(r"sns\.([a-z0-9-]{3,})\.amazonaws\.com(?:\.cn)?").fullmatch
_PATH = re.compile(r"/SimpleNotificationService-[0-9a-f]{32}\.pem").fullmatch

Fetch = Callable[[str], bytes]


def fetch_certificate(url: str) -> bytes:
    """What stands at this address; nothing is followed, and nobody may keep us long or send much. Raises Transient."""
    try:
        with (httpx.Client(trust_env=False, follow_redirects=False, timeout=FETCH_SECONDS) as web,
              web.stream("GET", url) as answer):
            if answer.status_code != 200:
                raise Transient(f"Amazon's certificate cannot be had (HTTP {answer.status_code})", code="away")
            came = b""
            for part in answer.iter_bytes():
                came += part
                if len(came) > MOST_CERTIFICATE:
                    raise Transient("Amazon's certificate is too large to be one", code="away")
            return came
    except httpx.HTTPError as error:
        raise Transient(f"Amazon's certificate cannot be had ({type(error).__name__})", code="away") from None


class Certificates:
    """SNS's certificates by address, each fetched once."""

    def __init__(self, fetch: Fetch = fetch_certificate) -> None:
        self._fetch = fetch
        self._known: dict[str, Certificate] = {}
        self._lock = Lock()

    def at(self, url: str) -> Certificate | None:
        """The certificate at an address that `is_certificate_url`; None for what is none. Raises Transient."""
        with self._lock:
            if url not in self._known:
                try:
                    found = load_pem_x509_certificate(self._fetch(url))
                except ValueError:
                    return None
                if len(self._known) >= KEPT:
                    self._known.clear()
                self._known[url] = found
            return self._known[url]


def is_certificate_url(url: str, region: str = "") -> bool:
    """Whether SNS keeps its certificates there (in this region, where one is named)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = _HOST(parts.hostname or "")
    plain = not (parts.username or parts.password or parts.query or parts.fragment) and "@" not in parts.netloc
    return bool(parts.scheme == "https" and port in (None, 443) and plain and host and region in ("", host[1])
                and _PATH(parts.path) and url.isascii() and url.isprintable())


def is_signed(message: Mapping[str, Any], *, topics: str, certificates: Certificates, now: int) -> bool:
    """Whether SNS said this, about one of our topics (ARNs, by commas), within the last hour. Raises Transient where the
    certificate cannot be had."""
    topic = message.get("TopicArn")
    ours = isinstance(topic, str) and topic in [each.strip() for each in topics.split(",")]
    region = _TOPIC(topic) if ours and isinstance(topic, str) else None
    url, kind, version = (message.get(key) for key in ("SigningCertURL", "Type", "SignatureVersion"))
    if not region or kind not in tuple(SIGNED) or version not in ("1", "2") or not _is_fresh(message.get("Timestamp"), now):
        return False
    if not isinstance(url, str) or not is_certificate_url(url, region[1]):
        return False
    to_sign, signature = string_to_sign(message), _decoded(message.get("Signature"))
    if to_sign is None or signature is None:
        return False
    certificate = certificates.at(url)
    return certificate is not None and _verifies(certificate, signature, to_sign, version == "1", now)


def string_to_sign(message: Mapping[str, Any]) -> bytes | None:
    """What SNS signed: each of its fields as a line with the name and one with the value; None where one is no text."""
    lines = []
    for key in SIGNED[message["Type"]]:
        if key == "Subject" and message.get(key) is None:
            continue
        value = message.get(key)
        if not isinstance(value, str):
            return None
        lines += [key, value]
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")


def confirm(message: Mapping[str, Any]) -> None:
    """Say that we want a topic's messages. By its token: the address in the message is nobody's to be called.

    Raises Transient where Amazon is away, Unreadable where it will not have the token."""
    topic = _TOPIC(text_of(message, "TopicArn"))
    if not topic:
        raise Unreadable("a subscription to a topic whose name is none")
    amazon = region_client("sns", topic[1])
    try:
        amazon.confirm_subscription(TopicArn=topic[0], Token=text_of(message, "Token"), AuthenticateOnUnsubscribe="true")
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        if status < 500 and status != 429:
            raise Unreadable(f"Amazon will not confirm the subscription (HTTP {status})") from None
        raise Transient("Amazon could not confirm a subscription", code="busy") from None
    except BotoCoreError as error:
        raise Transient(f"Amazon cannot be asked to confirm a subscription ({type(error).__name__})", code="away") from None


def region_client(service: str, region: str) -> Any:
    """A client in the region of a topic or queue, whatever region the surroundings name. Raises Transient."""
    config = ClientConfig(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=3, read_timeout=30, proxies={})
    try:
        return session().create_client(service, region_name=region or None, config=config)
    except (BotoCoreError, ValueError) as error:
        raise Transient(f"AWS cannot be used as it is set up ({type(error).__name__})", code="auth") from None


def _is_fresh(said: object, now: int) -> bool:
    try:
        moment = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return False
    if moment is None:
        return False
    age = now - (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return -AHEAD <= age <= OLDEST


def _decoded(said: object) -> bytes | None:
    try:
        return base64.b64decode(said, validate=True) if isinstance(said, str) else None
    except (binascii.Error, ValueError):
        return None


def _verifies(certificate: Certificate, signature: bytes, message: bytes, old: bool, now: int) -> bool:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        return False
    if not certificate.not_valid_before_utc.timestamp() <= now <= certificate.not_valid_after_utc.timestamp():
        return False
    try:
        key.verify(signature, message, PKCS1v15(), SHA1() if old else SHA256())
    except InvalidSignature:
        return False
    return True
