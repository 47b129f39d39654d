"""Builds a complete email as bytes, quickly: text and HTML side by side, headers that no name can forge."""

import re
from base64 import encodebytes
from binascii import b2a_qp
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache
from typing import NamedTuple

from doorstep.errors import Permanent

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}").fullmatch
_SHORT = 66          # letters of a header's value that need no folding

__all__ = ["Mail", "address_is_fit", "as_bytes", "format_datetime", "sender_header"]


class Mail(NamedTuple):
    """One email; `date`, `sender` and `unsubscribe` are header values that are ready to use."""

    sender: str
    to: str
    subject: str
    text: str
    html: str
    message_id: str
    date: str
    language: str
    unsubscribe: str = ""            # an https address, for notices that are not duty


def address_is_fit(address: str) -> bool:
    """Whether a header can hold the address as it is: one plain address and nothing else."""
    return _ADDRESS(address) is not None


@lru_cache(maxsize=256)
def sender_header(name: str, address: str) -> str:
    """The From header. Raises ValueError for a name or an address that would break it."""
    shown = str(Address(display_name=name, addr_spec=address))
    return shown if shown.isascii() else f"{_encoded(name)} <{address}>"


def as_bytes(mail: Mail) -> bytes:
    """The whole message with CRLF line ends. Raises Permanent for an address that cannot be one."""
    if not address_is_fit(mail.to):
        raise Permanent("the email address is not one plain address")
    boundary = f"=_{mail.message_id.strip('<>').split('@')[0]}"
    head = [f"From: {mail.sender}", f"To: {mail.to}", f"Subject: {_header(mail.subject)}", f"Date: {mail.date}",
            f"Message-ID: {mail.message_id}", f"Content-Language: {mail.language}", "Auto-Submitted: auto-generated"]
    if mail.unsubscribe:
        # RFC 8058: the mail program may unsubscribe with one click, by POST.
        head += [f"List-Unsubscribe: <{_one_line(mail.unsubscribe)}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
    head += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"', "", ""]
    pieces = ["\r\n".join(head).encode("ascii")]
    for kind, content in (("plain", mail.text), ("html", mail.html)):
        encoding, body = _body(content)
        pieces.append(f'--{boundary}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
                      f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode("ascii"))
        pieces += [body, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode("ascii"))
    return b"".join(pieces)


def _header(text: str) -> str:
    line = _one_line(text)
    return line if line.isascii() and len(line) <= _SHORT else _encoded(line)


def _one_line(text: str) -> str:
    return text if text.isprintable() else " ".join(text.split())


@lru_cache(maxsize=4096)
def _encoded(text: str) -> str:
    return Header(text, "us-ascii" if text.isascii() else "utf-8", header_name="Subject").encode(linesep="\r\n")


def _body(content: str) -> tuple[str, bytes]:
    raw = content.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
    if len(raw) > len(content) * 1.2:
        return "base64", encodebytes(raw).replace(b"\n", b"\r\n")
    return "quoted-printable", b2a_qp(raw, istext=True)
