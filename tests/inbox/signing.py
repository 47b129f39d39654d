"""Signers of our own that do as the providers do: what they sign is as real as what comes from outside."""

import base64
import datetime as dt
import json
from functools import cache
from typing import Any
from urllib.parse import urlencode

import orjson
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from doorstep.inbox.sms_events import twilio_signature
from doorstep.inbox.sns import string_to_sign

NOW = 1_800_000_000
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551        # of the curve P-256
SIGNATURE, TIMESTAMP = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"
TOPIC = "arn:aws:sns:eu-west-2:123456789012:events"
CERTIFICATE = "https://sns.eu-west-2.amazonaws.com/SimpleNotificationService-" + "0123456789abcdef" * 2 + ".pem"
# SendGrid's own, from the tests of its library.
VECTOR_KEY = ("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eN"
              "Ec6wEA3F+g==")
VECTOR_SIGNATURE = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
VECTOR_AT = 1600112502
VECTOR_BODY = json.dumps([{
    "email": "hello@world.com", "event": "dropped", "reason": "Bounced Address",
    "sg_event_id": "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
    "sg_message_id": "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
    "smtp-id": "<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>", "timestamp": 1600112492,
}], sort_keys=True, separators=(",", ":")).encode() + b"\r\n"


class SendGridSigner:
    """SendGrid with a key of its own."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        spki = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public = base64.b64encode(spki).decode()

    def sign(self, body: bytes, at: int | str = NOW) -> str:
        """The signature of a body at a moment."""
        return base64.b64encode(self._key.sign(str(at).encode() + body, ec.ECDSA(SHA256()))).decode()

    @staticmethod
    def raw(signature: str) -> bytes:
        """A signature as its bytes."""
        return base64.b64decode(signature)

    def headers(self, body: bytes, at: int | str = NOW) -> dict[str, str]:
        """What SendGrid sends beside a body."""
        return {SIGNATURE: self.sign(body, at), TIMESTAMP: str(at), "content-type": "application/json"}


def twin(signature: str) -> str:
    """Another signature that is as good: (r, n-s) for (r, s)."""
    r, s = decode_dss_signature(base64.b64decode(signature))
    return base64.b64encode(encode_dss_signature(r, ORDER - s)).decode()


class SnsSigner:
    """SNS with a certificate of its own, which it hands out when it is asked."""

    def __init__(self, *, bits: int = 2048, begins: int = NOW - 86400, ends: int = NOW + 86400) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
        made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self._key.public_key())
                .serial_number(7).not_valid_before(dt.datetime.fromtimestamp(begins, dt.UTC))
                .not_valid_after(dt.datetime.fromtimestamp(ends, dt.UTC)).sign(self._key, SHA256()))
        self.pem = made.public_bytes(Encoding.PEM)
        self.asked: list[str] = []

    def fetch(self, url: str) -> bytes:
        """The certificate, as the web would bring it."""
        self.asked.append(url)
        return self.pem

    def notification(self, message: Any, *, version: str = "1", at: int = NOW, **changes: Any) -> dict[str, Any]:
        """A signed notification; `changes` are made before it is signed."""
        said = {"Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": TOPIC,
                "Message": message if isinstance(message, str) else orjson.dumps(message).decode(),
                "Timestamp": dt.datetime.fromtimestamp(at, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "SignatureVersion": version, "SigningCertURL": CERTIFICATE, **changes}
        return self.signed(said)

    def signed(self, said: dict[str, Any]) -> dict[str, Any]:
        """The same with its signature."""
        what = string_to_sign(said)
        assert what is not None
        kind = SHA1() if said["SignatureVersion"] == "1" else SHA256()
        return {**said, "Signature": base64.b64encode(self._key.sign(what, PKCS1v15(), kind)).decode()}


@cache
def sendgrid() -> SendGridSigner:
    """One for all tests: keys take long to make."""
    return SendGridSigner()


@cache
def sns() -> SnsSigner:
    """The same for SNS."""
    return SnsSigner()


def twilio_request(form: dict[str, str], *, token: str, url: str) -> tuple[bytes, dict[str, str]]:
    """A body and its headers as Twilio would send them to this address."""
    return urlencode(form).encode(), {"X-Twilio-Signature": twilio_signature(token, url, list(form.items())),
                                      "content-type": "application/x-www-form-urlencoded"}
