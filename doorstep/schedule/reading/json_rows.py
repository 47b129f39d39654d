"""JSON objects, one a line, as flat frames of texts: `{"premise": {"id": 7}}` becomes `premise.id` = "7"."""

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from io import BytesIO
from typing import Any, NoReturn, cast

import polars as pl

from doorstep.errors import FeedError
from doorstep.rollout.shape import FeedShape
from doorstep.schedule.reading.lines import Block
from doorstep.schedule.reading.tidy import BROKEN, LINE, RAW, finished, numbered, texts

MAX_COLUMNS = 2_000
MAX_DEPTH = 16
Tree = dict[str, "Tree | None"]             # a key's own keys, or None where it holds a value


class Rows:
    """Turns lines of JSON into frames; knows every column seen so far, so that all frames of a file agree."""

    def __init__(self, name: str, feed: FeedShape) -> None:
        wanted = [column for columns in feed.columns.values()
                  for column in ([columns] if isinstance(columns, str) else columns)]
        if ours := {LINE, BROKEN, RAW} & set(wanted):
            raise FeedError(f'{name}: feed.columns: "{min(ours)}" is a name of the reader\'s own; rename it in the feed')
        self.name = name
        self.names: dict[str, None] = dict.fromkeys(wanted)
        self.tree: Tree = {}
        for path in wanted:
            _plant(self.tree, path.split("."))

    def frame(self, data: bytes, first: int) -> pl.DataFrame:
        """Rows of a block of lines, of which the first has this number."""
        frame = self._fast(data)
        return self._careful(data, first) if frame is None else numbered(self._full(frame), first)

    def _fast(self, data: bytes) -> pl.DataFrame | None:
        """The block as polars reads it, or None where a line is blank or broken, or two disagree on what is an object."""
        with ThreadPoolExecutor(1) as beside:
            seen = beside.submit(_keys, data)
            frame = _parsed(data, self.tree)
        keys = seen.result()
        if keys is None:
            return None
        self._refuse_more_than_allowed(_leaves(keys))
        if _grow(self.tree, keys):
            frame = _parsed(data, self.tree)
        height = data.count(b"\n") + (not data.endswith(b"\n"))
        return frame if frame is not None and frame.height == height else None

    def _careful(self, data: bytes, first: int) -> pl.DataFrame:
        full = [(number, line.strip()) for number, line in enumerate(data.decode().split("\n"), first) if line.strip()]
        rows = [_row(line) for _, line in full]
        raw = [line if fault else None for (_, line), (_, fault) in zip(full, rows, strict=True)]
        names = dict.fromkeys(name for row, _ in rows for name in row)
        self._refuse_more_than_allowed(len(names))
        frame = texts({name: [row.get(name) for row, _ in rows] for name in names})
        return finished(self._full(frame, len(rows)), [number for number, _ in full],
                        broken=[fault for _, fault in rows], raw=raw)

    def _full(self, frame: pl.DataFrame, height: int = 0) -> pl.DataFrame:
        """The frame with every column seen so far, its own names kept clear of ours."""
        frame = frame.rename({name: f"{name}_2" for name in (LINE, BROKEN, RAW) if name in frame.columns})
        self.names |= dict.fromkeys(frame.columns)
        self._refuse_more_than_allowed(len(self.names))
        nothing = pl.repeat(None, height or frame.height, dtype=pl.String, eager=True)
        absent = [nothing.alias(name) for name in self.names if name not in frame.columns]
        full = frame.with_columns(absent) if frame.width else pl.DataFrame(absent)
        return full.select(list(self.names))

    def _refuse_more_than_allowed(self, columns: int) -> None:
        if columns > MAX_COLUMNS:
            raise FeedError(f"{self.name}: more than {MAX_COLUMNS:,} different columns; this is no list of work orders")


def read(blocks: Iterable[Block], *, name: str, feed: FeedShape) -> Iterator[pl.DataFrame]:
    """Frames of a file of JSON lines; see `reading.frames`."""
    rows = Rows(name, feed)
    for block in blocks:
        if block.last:
            _refuse_cut_end(block, name)
        if block.data:
            yield rows.frame(block.data, block.line)


def _refuse_cut_end(block: Block, name: str) -> None:
    end = block.data.rpartition(b"\n")[2].strip()
    if end and (fault := _row(end.decode())[1]):
        line = block.line + block.data.count(b"\n")
        raise FeedError(f"{name}: line {line}: the file is cut short: its last line is no whole record ({fault})")


def _parsed(data: bytes, tree: Tree) -> pl.DataFrame | None:
    try:
        frame = pl.read_ndjson(data, schema=_schema(tree))
        while nested := [name for name, kind in frame.schema.items() if isinstance(kind, pl.Struct)]:
            frame = frame.with_columns(pl.col(name).name.prefix_fields(f"{name}.") for name in nested).unnest(nested)
    except (pl.exceptions.PolarsError, RecursionError):
        return None
    return frame.with_columns(pl.when(pl.all() != "{}").then(pl.all())) if b"{}" in data else frame


def _keys(data: bytes) -> Tree | None:
    """Every key of the block, as polars sees them; None where a line is broken."""
    try:
        schema = pl.scan_ndjson(BytesIO(data), infer_schema_length=None).collect_schema()
        return _tree(schema)
    except (pl.exceptions.PolarsError, RecursionError):
        return None


def _tree(schema: Any, depth: int = MAX_DEPTH) -> Tree:
    if not depth:
        raise RecursionError
    return {name: _tree(kind.to_schema(), depth - 1) or None if isinstance(kind, pl.Struct) else None
            for name, kind in schema.items()}


def _schema(tree: Tree) -> dict[str, Any]:
    return {name: pl.Struct(_schema(below)) if below else pl.String() for name, below in tree.items()}


def _plant(tree: Tree, path: list[str]) -> None:
    for key in path[:-1]:
        tree[key] = tree = tree.get(key) or {}
    tree.setdefault(path[-1], None)


def _grow(tree: Tree, keys: Tree) -> bool:
    """Add the keys that are new; whether there were any."""
    grown = False
    for key, below in keys.items():
        if key not in tree or (below and tree[key] is None):
            tree[key] = below
            grown = True
        elif below:
            grown = _grow(cast(Tree, tree[key]), below) or grown
    return grown


def _leaves(tree: Tree) -> int:
    return sum(_leaves(below) if below else 1 for below in tree.values())


def _row(line: str) -> tuple[dict[str, str], str | None]:
    """One line as flat texts, or what is wrong with it."""
    try:
        record = DECODER.decode(line)
        if not isinstance(record, dict):
            return {}, "not a JSON object"
        flat = dict(_flat(record, "", MAX_DEPTH))
        "".join(flat.values()).encode()
    except RecursionError:
        return {}, "nested too deeply"
    except UnicodeEncodeError:
        return {}, "holds half a character"
    except ValueError as error:
        return {}, f"broken JSON: {str(error)[:80]}"
    return flat, None


def _flat(record: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    if not depth:
        raise RecursionError
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.", depth - 1)
        elif value is not None:
            yield prefix + key, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _decimal(text: str) -> str:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is too large a number")
    return f"{Decimal(repr(number)):f}".removesuffix(".0")          # as polars writes it


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


# Numbers stay as they are written: an account number of twenty digits is no float.
DECODER = json.JSONDecoder(parse_int=str, parse_float=_decimal, parse_constant=_refuse)
