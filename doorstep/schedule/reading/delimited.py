"""CSV and TSV at the speed of polars; a block that is not plain is read again, carefully."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from doorstep.errors import FeedError
from doorstep.schedule.reading.careful import Lines, Splitter, quoted, read_carefully, unquoted
from doorstep.schedule.reading.lines import Block
from doorstep.schedule.reading.tidy import names_of, numbered

MAX_OPEN = 1 << 20        # so much text after an opening quote is no field any more


@dataclass(frozen=True)
class Dialect:
    """How fields are set apart."""

    separator: str
    split: Splitter
    quotes: bool
    stray: re.Pattern[bytes] = field(init=False)

    def __post_init__(self) -> None:
        # A quote before ordinary text that does not open its field: `5" pipe`, `"abc"def`, ` "abc"`. Readers differ on these.
        stray = rb'"(?:(?<![%b\n"]")(?<!\A")[^%b\n\r"]|(?<=[%b\n] "))' % ((self.separator.encode(),) * 3)
        object.__setattr__(self, "stray", re.compile(stray))


CSV = Dialect(",", quoted(","), quotes=True)
TSV = Dialect("\t", unquoted, quotes=False)


def header(blocks: Iterable[Block], dialect: Dialect, name: str) -> list[str]:
    """The column names, or none where the file is empty."""
    return next((head for block in blocks if (head := _head(block, dialect, name)[0])), [])


def read(blocks: Iterable[Block], dialect: Dialect, name: str) -> Iterator[pl.DataFrame]:
    """Frames in the file's order; see `reading.frames`."""
    names: list[str] = []
    rest = b""
    for block in blocks:
        if not names:
            names, block = _head(block, dialect, name)
        if not names:
            continue
        block = Block(rest + block.data, block.line - rest.count(b"\n"), block.last)
        frames, rest = _read_block(block, dialect, name, names)
        yield from frames


def _head(block: Block, dialect: Dialect, name: str) -> tuple[list[str], Block]:
    lines = Lines(block.data)
    record = next(dialect.split(lines, 0), None)
    if record is None:
        return [], block
    if record.fault:
        raise FeedError(f"{name}: line {block.line + record.start}: the header cannot be read: {record.fault}")
    used = len(lines.between(0, record.stop).encode()) + 1
    return names_of(record.cells), Block(block.data[used:], block.line + record.stop, block.last)


def _read_block(block: Block, dialect: Dialect, name: str, names: list[str]) -> tuple[list[pl.DataFrame], bytes]:
    cut = _end_of_records(block.data, dialect)
    frame = None if cut is None else _read_fast(block.data[:cut], dialect, names)
    frames = []
    if frame is not None and cut is not None:
        frames = [numbered(frame, block.line)]
        block = Block(block.data[cut:], block.line + frame.height, block.last)
        if not block.last:
            return frames, block.data
    if block.data:
        slow, rest = read_carefully(block.data, name=name, line=block.line, names=names, split=dialect.split,
                                    last=block.last)
        return [*frames, slow], rest
    return frames, b""


def _end_of_records(data: bytes, dialect: Dialect) -> int | None:
    """Where the last whole row ends: after a line break outside quotes. None where only a careful reader can tell."""
    cut = data.rfind(b"\n") + 1
    if not dialect.quotes or b'"' not in data:
        return cut
    if dialect.stray.search(data):
        return None
    odd = data.count(b'"', 0, cut) % 2
    while odd and cut and len(data) - cut < MAX_OPEN:
        before = data.rfind(b"\n", 0, cut - 1) + 1
        odd = (odd + data.count(b'"', before, cut)) % 2
        cut = before
    return None if odd else cut


def _read_fast(data: bytes, dialect: Dialect, names: list[str]) -> pl.DataFrame | None:
    """A block read by polars, or None where its rows are not its lines or a line is blank."""
    schema = dict.fromkeys(names, pl.String())
    if not data:
        return pl.DataFrame(schema=schema)
    try:
        frame = pl.read_csv(data, has_header=False, separator=dialect.separator, schema=schema, infer_schema=False,
                            quote_char='"' if dialect.quotes else None, missing_columns="insert")
    except pl.exceptions.PolarsError:
        return None
    if frame.height != data.count(b"\n") or frame.select(pl.all_horizontal(pl.all().is_null()).any()).item():
        return None
    return frame if dialect.quotes or b'"' not in data else frame.with_columns(_bare(name) for name in names)


def _bare(name: str) -> pl.Expr:
    cell = pl.col(name)
    wrapped = cell.str.contains(r'(?s)^".*"$') & (cell.str.len_bytes() > 1)
    inner = cell.str.slice(1, cell.str.len_chars() - 2).str.replace_all('""', '"', literal=True)
    return pl.when(wrapped).then(inner).otherwise(cell).alias(name)
