"""A JSON file that is one list of records, or holds it somewhere inside: cut into records without loading the whole."""

import codecs
import re
from collections.abc import Iterator

import polars as pl

from doorstep.errors import FeedError
from doorstep.rollout.shape import FeedShape
from doorstep.schedule.reading.json_rows import Rows
from doorstep.schedule.reading.lines import utf8

BATCH = 8 << 20
MAX_VALUE = 64 << 20
MAX_NESTING = 12


def _value_pattern() -> bytes:
    """A pattern for one whole JSON value, brackets nested up to MAX_NESTING; it never steps back."""
    string, plain = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', rb'[^\[\]{}"]*+'
    value = string
    for _ in range(MAX_NESTING):
        value = string + rb"|[\[{]" + plain + rb"(?:(?:" + value + rb")" + plain + rb")*+[\]}]"
    return value + rb'|[^\s,:\[\]{}"]++'


SPACE = re.compile(rb"[ \t\r\n]*+")
MEMBER = re.compile(rb"[ \t\r\n]*+(" + _value_pattern() + rb")[ \t\r\n]*+(?=[^ \t\r\n])", re.DOTALL)


class Cursor:
    """A place in a JSON text that is read as it is needed."""

    def __init__(self, pieces: Iterator[bytes], name: str) -> None:
        self.pieces = pieces
        self.name = name
        self.text = b""
        self.place = 0
        self.gone = 0                                    # bytes before the text in hand
        self.checker = codecs.getincrementaldecoder("utf-8")()

    def more(self) -> bool:
        """Read on; False at the end of the file."""
        taken = list(self._some())
        self.gone += self.place
        self.text, self.place = self.text[self.place:] + b"".join(taken), 0
        return bool(taken)

    def _some(self) -> Iterator[bytes]:
        size = 0
        while size < BATCH and (piece := next(self.pieces, b"")):
            self._check(piece)
            size += len(piece)
            yield piece

    def _check(self, piece: bytes) -> None:
        try:
            self.checker.decode(piece)
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            raise FeedError(f"{self.name}: byte 0x{byte:02X} is not utf-8; set feed.encoding to what the file is written in"
                            ) from error

    def mark(self) -> bytes:
        """The next character that is no space, not taken yet; nothing at the end of the file."""
        while True:
            space = SPACE.match(self.text, self.place)
            self.place = space.end() if space else self.place
            if self.place < len(self.text) or not self.more():
                return self.text[self.place:self.place + 1]

    def take(self, wanted: bytes) -> bytes:
        """Step over one of the wanted characters."""
        found = self.mark()
        if not found:
            raise FeedError(f"{self.name}: the file is cut short: it ends inside a list or an object")
        if found not in [wanted[place:place + 1] for place in range(len(wanted))]:
            raise self.fault(f'"{found.decode(errors="replace")}" where one of {" ".join(wanted.decode())} should be')
        self.place += 1
        return found

    def value(self) -> bytes:
        """Step over one whole value."""
        while not (found := MEMBER.match(self.text, self.place)):
            if len(self.text) - self.place > MAX_VALUE:
                raise self.fault(f"a value that does not end, or is nested more than {MAX_NESTING} deep")
            if not self.more():
                raise FeedError(f"{self.name}: the file is cut short, or its JSON is broken, in what begins at byte "
                                f"{self.gone + self.place + 1:,}")
        self.place = found.end()
        return found[1]

    def fault(self, what: str) -> FeedError:
        """A fault at this place."""
        return FeedError(f"{self.name}: broken JSON at byte {self.gone + self.place + 1:,}: {what}")


def read(pieces: Iterator[bytes], *, name: str, feed: FeedShape, rows_per_frame: int) -> Iterator[pl.DataFrame]:
    """Frames of a JSON file whose rows stand in a list, at `feed.records` or at its top; see `reading.frames`."""
    cursor = Cursor(utf8(pieces, name=name, encoding=feed.encoding), name)
    rows = Rows(name, feed)
    if not cursor.mark():
        return
    path = feed.records.split(".") if feed.records else []
    for key in path:
        _enter(cursor, key, feed)
    if cursor.mark() != b"[":
        raise FeedError(f'{name}: {"no list at feed.records " + repr(feed.records) if path else "not a list of records"}; '
                        "set feed.records to where the list of rows is, as a.b.c")
    first = 1
    for batch in _batches(cursor, rows_per_frame):
        yield rows.frame(b"\n".join(batch) + b"\n", first)
        first += len(batch)
    for _ in path:
        while cursor.take(b",}") == b",":
            _member(cursor)
    if cursor.mark():
        raise cursor.fault("more text after the end")


def _enter(cursor: Cursor, wanted: str, feed: FeedShape) -> None:
    """Go to the value of a key, over the members before it."""
    cursor.take(b"{")
    if cursor.mark() == b"}":
        raise FeedError(f'{cursor.name}: there is no "{wanted}", which feed.records "{feed.records}" names')
    while _key(cursor) != wanted:
        cursor.value()
        if cursor.take(b",}") == b"}":
            raise FeedError(f'{cursor.name}: there is no "{wanted}", which feed.records "{feed.records}" names')


def _key(cursor: Cursor) -> str:
    if cursor.mark() not in (b'"', b""):
        raise cursor.fault("a key in quotes should be here")
    key = cursor.value().decode(errors="replace")
    cursor.take(b":")
    return key[1:-1]


def _member(cursor: Cursor) -> None:
    _key(cursor)
    cursor.value()


def _batches(cursor: Cursor, most: int) -> Iterator[list[bytes]]:
    """The list's records, each on one line; a line break in JSON is never inside a string."""
    cursor.take(b"[")
    batch: list[bytes] = []
    size = 0
    while cursor.mark() != b"]":
        record = cursor.value()
        batch.append(record.translate(FLAT) if b"\n" in record or b"\r" in record else record)
        size += len(record)
        if len(batch) >= most or size >= BATCH:
            yield batch
            batch, size = [], 0
        if cursor.take(b",]") == b"]":
            break
    else:
        cursor.take(b"]")
    if batch:
        yield batch


FLAT = bytes.maketrans(b"\r\n", b"  ")
