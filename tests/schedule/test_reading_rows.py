"""What a row is: line breaks in fields, blank lines, stray quotes, broken JSON; nothing vanishes and every line is true."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.errors import FeedError
from doorstep.schedule.reading import delimited, header, json_rows
from doorstep.schedule.reading.delimited import CSV
from doorstep.schedule.reading.lines import blocks
from tests.schedule.feeds import FIELDS, feed, put, rows, table


@pytest.mark.parametrize(("body", "expected"), [
    ("1,a,x\n2,b,y\n", [(2, "1", "a", "x"), (3, "2", "b", "y")]),
    ("1,a,x\r\n2,b,\"y\"\r\n", [(2, "1", "a", "x"), (3, "2", "b", "y")]),
    ("1,a,x\n2,b,y", [(2, "1", "a", "x"), (3, "2", "b", "y")]),
    (" 1 ,\ta , x \n", [(2, "1", "a", "x")]),
    ("1,\"\",  \n", [(2, "1", None, None)]),
    ("1,a\n2\n3,c,z\n", [(2, "1", "a", None), (3, "2", None, None), (4, "3", "c", "z")]),
    ("1,a,x,,\n", [(2, "1", "a", "x")]),
    ("1,a,x\n\n\r\n2,b,y\n\n", [(2, "1", "a", "x"), (5, "2", "b", "y")]),
    ('1,"two\nlines",x\n2,b,y\n', [(2, "1", "two\nlines", "x"), (4, "2", "b", "y")]),
    ('1,"a, ""b""",x\n', [(2, "1", 'a, "b"', "x")]),
    ('1,5" pipe,x\n2,b,y\n', [(2, "1", '5" pipe', "x"), (3, "2", "b", "y")]),
    ('1,5" and 3" pipe,x\n2,"b",y\n', [(2, "1", '5" and 3" pipe', "x"), (3, "2", "b", "y")]),
    ('1, "a" ,x\n', [(2, "1", "a", "x")]),
    ("1,a,x,more\n2,b,y\n", [(2, "4 columns, the header has 3", "1,a,x,more"), (3, "2", "b", "y")]),
    ('1,"a,x\n2,b,y\n3,c,z\n', [(2, "a quote is opened and never closed", '1,"a,x'), (3, "2", "b", "y"), (4, "3", "c", "z")]),
    ('1,"a,x\n2,b,y\n3,c,"z"\n', [(2, "its quotes do not pair up", '1,"a,x'), (3, "2", "b", "y"), (4, "3", "c", "z")]),
    ('1,"a\nb,x,more\n2,"b",y\n', [(2, "its quotes do not pair up", '1,"a'), (3, "b", "x", "more"), (4, "2", "b", "y")]),
    ('1,"a,x\n2,b,"",z\n3,c,"",y\n', [(2, "a quote is opened and never closed", '1,"a,x'), (3, "4 columns, the header has 3",
        '2,b,"",z'), (4, "4 columns, the header has 3", '3,c,"",y')]),
    ('1,"a,x\n2,b,"\n3,c,z\n', [(2, "its quotes do not pair up", '1,"a,x'), (3, "a quote is opened and never closed", '2,b,"'),
                                (4, "3", "c", "z")]),
    ('1,"abc"def,x\n', [(2, "1", "abcdef", "x")]),
    (",,\n", [(2, None, None, None)]),
    ("=1+1,-2,+256\n", [(2, "=1+1", "-2", "+256")]),
    ("NULL,null,NA\n", [(2, "NULL", "null", "NA")]),
])
def test_rows_of_csv(tmp_path: Path, body: str, expected: list[tuple[Any, ...]]) -> None:
    assert rows(put(tmp_path, "feed.csv", "ID,NAME,NOTE\n" + body)) == expected


@pytest.mark.parametrize(("body", "expected"), [
    ("1\ta\tx\n2\t\ty\n", [(2, "1", "a", "x"), (3, "2", None, "y")]),
    ('1\t"a ""b"""\t5" pipe\n', [(2, "1", 'a "b"', '5" pipe')]),
    ('1\t"open\t"\n2\t""\tclosed"\n', [(2, "1", '"open', '"'), (3, "2", None, 'closed"')]),
    ("1\ta\n\n2\tb\ty\r\n", [(2, "1", "a", None), (4, "2", "b", "y")]),
    ("1\ta\tx\tmore\n2\tb\ty\n", [(2, "4 columns, the header has 3", "1\ta\tx\tmore"), (3, "2", "b", "y")]),
])
def test_rows_of_tsv(tmp_path: Path, body: str, expected: list[tuple[Any, ...]]) -> None:
    assert rows(put(tmp_path, "feed.tsv", "ID\tNAME\tNOTE\n" + body)) == expected


@pytest.mark.parametrize(("head", "names"), [
    ("\ufeffID,NAME", ["ID", "NAME"]), (" ID , \"NAME\" ", ["ID", "NAME"]), ("ID,,ID,line", ["ID", "column_2", "ID_2", "line_2"]),
    ('ID,"two\nlines"', ["ID", "two\nlines"]), ("\n\nID,NAME", ["ID", "NAME"])])
def test_columns_are_named_as_in_the_file_and_never_twice(tmp_path: Path, head: str, names: list[str]) -> None:
    path = put(tmp_path, "feed.csv", head + "\n1,2\n")
    assert header(path, name=path.name, feed=feed()) == names
    found = table(path)
    assert found.columns[:len(names)] == names
    assert found["line"].to_list() == [head.count("\n") + 2]


@pytest.mark.parametrize(("body", "expected"), [
    ('{"ID": 1, "b": {"c": "x"}}\n', [(1, "1", "x")]),
    ('{"ID": 1}\n\n{"ID": 2, "b": {"c": " y "}}\r\n', [(1, "1", None), (3, "2", "y")]),
    ('{"ID": 12345678901234567890123, "b": {"c": 24.70}}\n', [(1, "12345678901234567890123", "24.7")]),
    ('{"ID": 7.0, "b": {"c": true}}\n', [(1, "7", "true")]),
    ('{"ID": "", "b": null}\n', [(1, None, None)]),
    ('{"ID": 1, "b": 5}\n{"ID": 2, "b": {"c": 6}}\n', [(1, "1", None, "5"), (2, "2", "6", None)]),
    ('{"ID": 1}\n{"ID": 2,\n[3]\n{"ID": NaN}\n{"ID": "\\ud800"}\n{"ID": 6}\n', [
        (1, "1", None), (2, "broken JSON", '{"ID": 2,'),
        (3, "not a JSON object", "[3]"), (4, "broken JSON: NaN", '{"ID": NaN}'),
        (5, "holds half a character", '{"ID": "\\ud800"}'), (6, "6", None)]),
    ('{"ID": 1e999}\n{"ID": 2}\n', [(1, "broken JSON: 1e999", '{"ID": 1e999}'), (2, "2", None)]),
    ('{"ID": 1, "b": ' + '{"b":' * 40 + "1" + "}" * 41 + "\n", [
        (1, "nested too deeply", '{"ID": 1, "b": ' + '{"b":' * 40 + "1" + "}" * 41)]),
])
def test_rows_of_json_lines(tmp_path: Path, body: str, expected: list[tuple[Any, ...]]) -> None:
    columns = dict.fromkeys(FIELDS, "ID") | {"premise": "b.c"}
    found = rows(put(tmp_path, "feed.jsonl", body), columns=columns)
    assert [shortened(row) for row in found] == expected


def shortened(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A broken row's reason up to the part that Python words anew in every version."""
    return tuple(re.sub(r"^(broken JSON(: (NaN|1e999))?).*", r"\1", cell) if isinstance(cell, str) else cell for cell in row)


@pytest.mark.parametrize("records", [None, "data.items"])
@pytest.mark.parametrize("spaced", [None, 1])
def test_rows_of_json_are_records_wherever_their_list_is(tmp_path: Path, records: str | None, spaced: int | None) -> None:
    items = [{"ID": "}]\\\"[{", "b": {"c": [1, {"d": "x"}]}}, {"ID": 2, "b": {}}]
    whole = {"pages": [[{"items": 3}]], "data": {"total": 2, "items": items, "more": None}, "end": "x"} if records else items
    path = put(tmp_path, "feed.json", json.dumps(whole, indent=spaced))
    assert rows(path, records=records) == [(1, "}]\\\"[{", '[1, {"d": "x"}]'), (2, "2", None)]


def test_an_element_that_is_no_object_is_a_broken_row(tmp_path: Path) -> None:
    path = put(tmp_path, "feed.json", '[{"ID": 1}, null, "x, y", [1, 2], {"ID": tru}, {"ID": 6}]')
    assert [shortened(row) for row in rows(path)] == [
        (1, "1"), (2, "not a JSON object", "null"), (3, "not a JSON object", '"x, y"'), (4, "not a JSON object", "[1, 2]"),
        (5, "broken JSON", '{"ID": tru}'), (6, "6")]


def test_a_column_that_comes_late_is_in_its_frame_and_after(tmp_path: Path) -> None:
    path = put(tmp_path, "feed.jsonl", "".join(f'{{"ID": {n}, "{"a" if n < 9 else "late"}": "x"}}\n' for n in range(1, 11)))
    small = blocks(iter(path.read_bytes().splitlines(keepends=True)), name="feed.jsonl", encoding="utf-8", size=40)
    frames = list(json_rows.read(small, name="feed.jsonl", feed=feed()))
    assert sum(frame.height for frame in frames) == 10
    assert "late" not in frames[0].columns
    assert frames[-1]["late"].to_list()[-1] == "x"
    assert "a" in frames[-1].columns


def test_names_of_the_reader_are_kept_clear(tmp_path: Path) -> None:
    path = put(tmp_path, "feed.jsonl", '{"ID": 1, "line": "x", "broken": "y"}\n')
    found = table(path, columns=dict.fromkeys(FIELDS, "ID"))
    assert found.select("ID", "line_2", "broken_2", "line", "broken").rows() == [("1", "x", "y", 1, None)]
    with pytest.raises(FeedError, match=r'feed.columns: "line" is a name of the reader'):
        table(path, columns=dict.fromkeys(FIELDS, "line"))


def test_too_many_columns_are_no_schedule(tmp_path: Path) -> None:
    wide = json.dumps({f"k{n}": n for n in range(2001)})
    for body in (wide + "\n", wide + "\n{\n{}\n"):
        with pytest.raises(FeedError, match="more than 2,000 different columns"):
            rows(put(tmp_path, "feed.jsonl", body))


cells = st.text(alphabet=st.sampled_from('ab", \n\t\u0646;'), max_size=6)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(cells, cells, cells), max_size=12), st.integers(10, 60))
def test_whatever_csv_writes_comes_back_wherever_blocks_end(written: list[tuple[str, str, str]], size: int) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([("X", "Y", "Z"), *written])
    content = file.getvalue().encode()
    pieces = (content[place:place + 7] for place in range(0, len(content), 7))
    frames = list(delimited.read(blocks(pieces, name="f", encoding="utf-8", size=size), CSV, "f"))
    found = [row for frame in frames for row in frame.select("X", "Y", "Z").rows()]
    assert found == [tuple(cell.strip() or None for cell in row) for row in written]
    lines = [line for frame in frames for line in frame["line"].to_list()]
    assert lines == [2 + sum(cell.count("\n") + (place == 2) for row in written[:number] for place, cell in enumerate(row))
                     for number in range(len(written))]


def test_a_stray_quote_costs_one_row_and_never_those_after_it(tmp_path: Path) -> None:
    good = "".join(f"{n},a,x\n" for n in range(1000))
    path = put(tmp_path, "feed.csv", "ID,NAME,NOTE\n" + good + '7,"oops,x\n' + good)
    found = table(path)
    assert found.height == 2001
    assert found.filter(found["broken"].is_not_null())["line"].to_list() == [1002]
    assert found["line"].to_list() == list(range(2, 2003))
