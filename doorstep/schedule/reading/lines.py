"""Text as blocks of whole lines in UTF-8, whatever the feed was written in, each block knowing its first line's number."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from doorstep.errors import FeedError

BLOCK = 8 << 20
MAX_LINE = 64 << 20
BOM = b"\xef\xbb\xbf"
# Who says latin-1 means what Windows writes under that name: quotes, dashes and the euro at 0x80 to 0x9F.
CODECS = {"utf-8": "utf-8", "windows-1256": "cp1256", "latin-1": "cp1252"}


@dataclass(frozen=True)
class Block:
    """Whole lines; only the file's last line may lack its end."""

    data: bytes
    line: int
    last: bool


def utf8(pieces: Iterable[bytes], *, name: str, encoding: str) -> Iterator[bytes]:
    """The same text in UTF-8 without a byte order mark. UTF-8 itself is passed on, to be checked where lines are known."""
    codec = CODECS[encoding]
    line = 1
    for piece in _without_mark(pieces, name, encoding):
        if codec == "utf-8":
            yield piece
            continue
        yield _decoded(piece, codec, name=name, encoding=encoding, line=line).encode()
        line += piece.count(b"\n")


def blocks(pieces: Iterable[bytes], *, name: str, encoding: str, size: int = BLOCK) -> Iterator[Block]:
    """Blocks of whole lines, the last one flagged (and perhaps empty). Raises FeedError at a byte that is no text."""
    held: list[bytes] = []
    length = 0
    line = 1
    for piece in utf8(pieces, name=name, encoding=encoding):
        held.append(piece)
        length += len(piece)
        if length < size:
            continue
        data = b"".join(held)
        cut = data.rfind(b"\n") + 1
        if not cut and length > MAX_LINE:
            raise FeedError(f"{name}: line {line} is longer than {MAX_LINE:,} bytes; this is no file of rows")
        if cut:
            yield Block(_sound(data[:cut], name, encoding, line), line, last=False)
            line += data.count(b"\n", 0, cut)
        held, length = [data[cut:]], len(data) - cut
    yield Block(_sound(b"".join(held), name, encoding, line), line, last=True)


def _without_mark(pieces: Iterable[bytes], name: str, encoding: str) -> Iterator[bytes]:
    rest = iter(pieces)
    start = b""
    while len(start) < len(BOM) and (piece := next(rest, b"")):
        start += piece
    if start.startswith(BOM) and encoding != "utf-8":
        raise FeedError(f'{name}: begins with the mark of UTF-8, but feed.encoding is "{encoding}"; set it to "utf-8"')
    yield start.removeprefix(BOM)
    yield from rest


def _sound(data: bytes, name: str, encoding: str, line: int) -> bytes:
    if not data.isascii():
        _decoded(data, "utf-8", name=name, encoding=encoding, line=line)
    return data


def _decoded(data: bytes, codec: str, *, name: str, encoding: str, line: int) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        at = line + data.count(b"\n", 0, error.start)
        raise FeedError(f"{name}: line {at}: byte 0x{data[error.start]:02X} is not {encoding}; "
                        f"set feed.encoding to what the file is written in") from error
