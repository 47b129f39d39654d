"""One row at a time, for a block that is not plain: line breaks in fields, blank lines, stray quotes, too many columns."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from doorstep.errors import FeedError
from doorstep.schedule.reading.tidy import finished, texts

NEVER_CLOSED = "a quote is opened and never closed"
NOT_PAIRED = "its quotes do not pair up"


@dataclass(frozen=True)
class Record:
    """One row and the lines it stands on, `start` up to `stop`."""

    start: int
    stop: int
    cells: list[str]
    fault: str | None = None


class Lines:
    """Lines to be taken in turn, which can be set back; `ran_out` once more were wanted than there are."""

    def __init__(self, data: bytes) -> None:
        self.texts = data.decode().split("\n")
        self.ended = self.texts[-1] == ""
        if self.ended:
            self.texts.pop()
        self.place = 0
        self.ran_out = False

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.place >= len(self.texts):
            self.ran_out = True
            raise StopIteration
        self.place += 1
        return self.texts[self.place - 1] + "\n"

    def go_to(self, place: int) -> None:
        """Take this line next."""
        self.place, self.ran_out = place, False

    def between(self, start: int, stop: int) -> str:
        """The text of some lines as it stood in the file."""
        return "\n".join(self.texts[start:stop])


Splitter = Callable[[Lines, int], Iterator[Record]]


def quoted(separator: str) -> Splitter:
    """How a CSV file is split: quotes hold separators, line breaks and doubled quotes."""
    return partial(_quoted, separator)


def _quoted(separator: str, lines: Lines, width: int) -> Iterator[Record]:
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    while lines.place < len(lines):
        record = _fitted(_next(reader, lines, separator), width)
        if record.fault == NEVER_CLOSED or (record.stop > record.start + 1 and not _is_sound(record, width)):
            # A stray quote swallowed the lines after it: only the first is broken, the others are read again.
            record = Record(record.start, record.start + 1, [], record.fault or NOT_PAIRED)
            lines.go_to(record.stop)
        if record.cells or record.fault:
            yield record


def _next(reader: Iterator[list[str]], lines: Lines, separator: str) -> Record:
    start = lines.place
    try:
        cells = next(reader)
    except csv.Error:
        if lines.ran_out or lines.place > start + 1:
            return Record(start, lines.place, [], NEVER_CLOSED if lines.ran_out else NOT_PAIRED)
        # Text after a closing quote, `"abc"def`: within one line it can only mean one thing.
        return _lenient(lines.texts[start], start, separator)
    return Record(start, lines.place, cells)


def _lenient(line: str, start: int, separator: str) -> Record:
    try:
        return Record(start, start + 1, next(csv.reader([line], delimiter=separator, skipinitialspace=True)))
    except csv.Error as error:
        return Record(start, start + 1, [], str(error).partition(" - ")[0])


def _is_sound(record: Record, width: int) -> bool:
    return not record.fault and width in (0, len(record.cells))


def unquoted(lines: Lines, width: int) -> Iterator[Record]:
    """How a TSV file is split: at every tab; a quote is a letter unless the field both starts and ends with one."""
    for place, line in enumerate(lines):
        if bare := line.rstrip("\r\n"):
            yield _fitted(Record(place, place + 1, [_bare(cell) for cell in bare.split("\t")]), width)


def _fitted(record: Record, width: int) -> Record:
    """A row that has no more columns than the header; separators at its end that hold nothing do not count."""
    if not width or record.fault or not any(cell.strip() for cell in record.cells[width:]):
        return replace(record, cells=record.cells[:width]) if width else record
    return replace(record, cells=[], fault=f"{len(record.cells)} columns, the header has {width}")


def _bare(cell: str) -> str:
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell


def read_carefully(data: bytes, *, name: str, line: int, names: list[str], split: Splitter,
                   last: bool) -> tuple[pl.DataFrame, bytes]:
    """A block's rows and what is left for the next block. Raises FeedError where the file ends in the middle of a row."""
    lines = Lines(data)
    rows: list[Record] = []
    rest = b""
    for record in split(lines, len(names)):
        if record.fault == NEVER_CLOSED and not last:
            rest = data[len(lines.between(0, record.start).encode()) + (record.start > 0):]
            break
        if last and not lines.ended and record.stop == len(lines) and _unfinished(record, lines, names):
            raise FeedError(f"{name}: line {line + record.start}: the file is cut short: its last row stops after "
                            f"{len(record.cells)} of {len(names)} columns")
        rows.append(record)
    return _frame(rows, lines, line, names), rest


def _unfinished(record: Record, lines: Lines, names: list[str]) -> bool:
    if record.fault == NEVER_CLOSED:
        return record.start == len(lines) - 1
    return not record.fault and len(record.cells) < len(names)


def _frame(rows: list[Record], lines: Lines, line: int, names: list[str]) -> pl.DataFrame:
    padded = [row.cells + [None] * (len(names) - len(row.cells)) if not row.fault else [None] * len(names) for row in rows]
    columns = zip(*padded, strict=True) if padded else ([] for _ in names)
    frame = texts({name: list(column) for name, column in zip(names, columns, strict=True)})
    broken = [row.fault for row in rows]
    raw = [lines.between(row.start, row.stop) if row.fault else None for row in rows]
    return finished(frame, [line + row.start for row in rows], broken=broken, raw=raw)
