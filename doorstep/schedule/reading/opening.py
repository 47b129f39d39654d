"""What a feed file really holds: plain, gzip or zip, unpacked piece by piece and never more than the caps allow."""

import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Literal, get_args

from doorstep.errors import FeedError
from doorstep.rollout.shape import FeedShape, Format

PIECE = 1 << 20
READ = 8 << 20
SUFFIXES: dict[str, Format] = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".json": "json", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".xlsx": "xlsx", ".parquet": "parquet"}
Packing = Literal["plain", "gz", "zip"]


@dataclass(frozen=True)
class Caps:
    """How much one feed may unpack to: real bytes, and times its own size once it is beyond `floor` bytes."""

    bytes: int = 8 << 30
    ratio: int = 250       # schedules pack 5 to 40 times; deflate itself stops at 1,032
    floor: int = 32 << 20

    def limit(self, size: int) -> int:
        """The most bytes that a file of `size` bytes may unpack to."""
        return min(self.bytes, max(self.floor, size * self.ratio))


CAPS = Caps()


@dataclass(frozen=True)
class Opened:
    """A feed file whose packing and format are known."""

    path: Path
    name: str
    packing: Packing
    format: Format
    caps: Caps = CAPS

    def pieces(self) -> Iterator[bytes]:
        """The unpacked bytes, a few megabytes at a time. Raises FeedError at a bomb, a break or an early end."""
        return _capped(self._unpacked(), self.name, self.caps.limit(self.path.stat().st_size))

    def _unpacked(self) -> Iterator[bytes]:
        if self.packing == "zip":
            yield from _unzip(self.path, self.name)
            return
        with self.path.open("rb") as file:
            yield from _gunzip(file, self.name) if self.packing == "gz" else _read(file, READ)

    @contextmanager
    def file(self) -> Iterator[Path]:
        """The unpacked content as a file, for formats that are read from their end."""
        if self.packing == "plain":
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="doorstep-") as folder:
            plain = Path(folder) / "feed"
            with plain.open("wb") as target:
                target.writelines(self.pieces())
            yield plain


def open_feed(path: Path, *, name: str, feed: FeedShape, caps: Caps = CAPS) -> Opened:
    """Look at a file's first bytes and its name. Raises FeedError where they say different things."""
    packing = _packing(path, name, feed)
    inside = name[:-3] if name.lower().endswith(".gz") else name
    if packing == "zip":
        inside = _only_member(path, name).filename
    elif not path.stat().st_size and inside.lower().endswith(".zip"):
        inside = inside[:-4] + ".csv"                     # nothing at all is no schedule, whatever it was meant to be
    return Opened(path, name, packing, _format(inside, name, feed), caps)


def _packing(path: Path, name: str, feed: FeedShape) -> Packing:
    with path.open("rb") as file:
        start = file.read(4)
    ending = PurePosixPath(name.lower()).suffix
    if ending == ".gz" and start and not start.startswith(b"\x1f\x8b"):
        raise FeedError(f"{name}: not a gzip file, although its name says so")
    if ending == ".zip" and start and not start.startswith(b"PK"):
        raise FeedError(f"{name}: not a zip file, although its name says so")
    if start.startswith(b"\x1f\x8b"):
        return "gz"
    # A workbook is a zip too: only its name or the rollout file can tell it from a packed one.
    workbook = ending == ".xlsx" or (ending != ".zip" and feed.format == "xlsx")
    return "zip" if start in (b"PK\x03\x04", b"PK\x05\x06") and not workbook else "plain"


def _format(inside: str, name: str, feed: FeedShape) -> Format:
    if feed.source.get("kind") == "sql":
        return "jsonl"
    found = feed.format or SUFFIXES.get(PurePosixPath(inside.lower()).suffix)
    if found is None:
        raise FeedError(f"{name}: its name does not tell its format; "
                        f"set feed.format to one of {', '.join(get_args(Format))}")
    return found


def _only_member(path: Path, name: str) -> zipfile.ZipInfo:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if _is_data(member)]
    except zipfile.BadZipFile as error:
        raise FeedError(f"{name}: the zip is cut short: its list of files is missing") from error
    if len(members) != 1:
        raise FeedError(f"{name}: the zip holds {len(members)} files; exactly one data file is expected")
    return members[0]


def _is_data(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    return not member.is_dir() and "__MACOSX" not in parts and not parts[-1].startswith(".")


def _capped(pieces: Iterable[bytes], name: str, limit: int) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > limit:
            raise FeedError(f"{name}: unpacks to more than {limit:,} bytes, which no schedule of its size does")
        if piece:
            yield piece


def _read(file: IO[bytes], size: int = PIECE) -> Iterator[bytes]:
    while piece := file.read(size):
        yield piece


def _gunzip(file: IO[bytes], name: str) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(31)
    for packed in _read(file):
        while packed:
            if unpacker.eof:                              # another member follows, or only padding
                packed = packed.lstrip(b"\0")
                if not packed:
                    break
                unpacker = zlib.decompressobj(31)
            yield from _inflate(unpacker, packed, name)
            packed = unpacker.unused_data
    if not unpacker.eof and file.tell():
        raise FeedError(f"{name}: the gzip is cut short")


def _inflate(unpacker: "zlib._Decompress", packed: bytes, name: str) -> Iterator[bytes]:
    piece = b""
    try:
        while not unpacker.eof and (packed or len(piece) == PIECE):     # a full piece: more may wait inside
            piece = unpacker.decompress(packed, PIECE)
            packed = unpacker.unconsumed_tail
            yield piece
    except zlib.error as error:
        raise FeedError(f"{name}: the gzip is broken ({error})") from error


def _unzip(path: Path, name: str) -> Iterator[bytes]:
    member = _only_member(path, name)
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as file:
            yield from _read(file)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise FeedError(f"{name}: the zip is cut short or broken ({error})") from error
    except (RuntimeError, NotImplementedError) as error:
        raise FeedError(f"{name}: the zip cannot be opened ({error}); send it without a password") from error
