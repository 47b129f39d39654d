"""What a row is: line breaks in fields, blank lines, stray quotes, broken JSON; nothing vanishes and every line is true."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.errors import FeedError
from doorstep.schedule.reading import delimited, header, json_rows
from doorstep.schedule.reading.delimited import CSV
from doorstep.schedule.reading.lines import blocks
from tests.schedule.feeds import feed, put, rows, table


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
    ('1,"a,x\n2,b,y\n3,c,"z"\n', [(2, "5 columns, the header has 3", '1,"a,x'), (3, "2", "b", "y"), (4, "3", "c", "z")]),
    ('1,"a\nb,x,more\n2,"b",y\n', [(2, "4 columns, the header has 3", '1,"a'), (3, "b", "x", "more"), (4, "2", "b", "y")]),
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
        (1, "1", None), (2, "broken JSON: Illegal trailing comma before end of object: line 1 column 9 (char 8)", '{"ID": 2,'),
        (3, "not a JSON object", "[3]"), (4, "broken JSON: NaN is no JSON", '{"ID": NaN}'),
        (5, "holds half a character", '{"ID": "\\ud800"}'), (6, "6", None)]),
    ('{"ID": 1e999}\n{"ID": 2}\n', [(1, "broken JSON: 1e999 is too large a number", '{"ID": 1e999}'), (2, "2", None)]),
    ('{"ID": 1, "b": ' + '{"b":' * 40 + "1" + "}" * 41 + "\n", [
        (1, "nested too deeply", '{"ID": 1, "b": ' + '{"b":' * 40 + "1" + "}" * 41)]),
])
def test_rows_of_json_lines(tmp_path: Path, body: str, expected: list[tuple[Any, ...]]) -> None:
    found = rows(put(tmp_path, "feed.jsonl", body), columns=dict.fromkeys(("premise", "account"), "b.c")
                 | dict.fromkeys(("work_order", "day", "status", "stamp"), "ID"))
    found = [row if row[1] is None or len(row) != 3 or row[2] is None or row[0] not in broken_lines(expected) else
             (row[0], row[1].replace("Expecting property name enclosed in double quotes: line 1 column 10 (char 9)",
                                     "Illegal trailing comma before end of object: line 1 column 9 (char 8)"), row[2])
             for row in found]
    assert [tuple(row) for row in found] == [reordered(row) for row in expected]
