"""Every format, packed and written in every way a schedule may be, gives the same rows."""

import datetime as dt
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from doorstep.errors import FeedError
from doorstep.schedule.reading import header
from doorstep.schedule.reading.opening import Caps, open_feed
from tests.schedule.feeds import feed, put, rows, table

HEAD = ["ID", "NAME", "DAY"]
BODY: list[list[str | None]] = [
    ["0017", "نور O'Brien", "2027-03-21"], ["0018", None, "2027-03-22"], ["0019", "A, \"B\"", "2027-03-23"]]
TABLE: list[list[str | None]] = [[*HEAD], *BODY]
RECORDS: list[dict[str, Any]] = [dict(zip(HEAD, row, strict=True)) for row in BODY]


def csv_text(end: str = "\n") -> str:
    quoted = [["" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in row] for row in BODY]
    return end.join(",".join(row) for row in [HEAD, *quoted]) + end


def at(*parts: int) -> dt.datetime:
    """A moment without zone, as workbooks have them."""
    return dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def workbook(head: list[str] = HEAD, body: list[list[str | None]] = BODY) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Jobs")
        for place, row in enumerate((head, *body)):
            sheet.write_row(place, 0, row)
    return file.getvalue()


def parquet() -> bytes:
    file = io.BytesIO()
    pl.DataFrame(RECORDS).write_parquet(file)
    return file.getvalue()


def zipped(content: bytes, name: str = "inside.csv", *others: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        archive.writestr("__MACOSX/._inside.csv", "x")
        for member in (name, *others):
            archive.writestr(member, content)
    return file.getvalue()


WRITERS: dict[str, Callable[[], bytes]] = {
    "csv": lambda: csv_text().encode(),
    "tsv": lambda: "\n".join("\t".join(cell or "" for cell in row) for row in TABLE).encode() + b"\n",
    "json": lambda: json.dumps(RECORDS, ensure_ascii=False, indent=1).encode(),
    "jsonl": lambda: "".join(json.dumps(record) + "\n" for record in RECORDS).encode(),
    "xlsx": workbook,
    "parquet": parquet,
}
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda content: content,
    ".gz": gzip.compress,
    ".gz in two members": lambda content: gzip.compress(content[:20]) + gzip.compress(content[20:]) + bytes(512),
    ".zip": zipped,
}


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("form", WRITERS)
def test_every_format_gives_the_same_rows_however_packed(tmp_path: Path, form: str, packing: str) -> None:
    path = put(tmp_path, "feed", PACKERS[packing](WRITERS[form]()))
    found = table(path, name=f"feed.{form}{packing.split(' ')[0]}", format=form if packing == ".zip" else None)
    assert found.select(HEAD).rows() == [tuple(row) for row in BODY]
    assert found["line"].to_list() == ([1, 2, 3] if form in ("json", "jsonl", "parquet") else [2, 3, 4])
    assert found.schema == dict.fromkeys(HEAD, pl.String) | {"line": pl.Int64, "broken": pl.String, "broken_row": pl.String}


@pytest.mark.parametrize("form", WRITERS)
def test_no_frame_has_more_rows_than_asked_for(tmp_path: Path, form: str) -> None:
    path = put(tmp_path, f"feed.{form}", WRITERS[form]())
    assert table(path, rows_per_frame=2)["ID"].to_list() == ["0017", "0018", "0019"]


@pytest.mark.parametrize(("form", "names"), [
    ("csv", HEAD), ("tsv", HEAD), ("xlsx", HEAD), ("parquet", HEAD), ("json", None), ("jsonl", None)])
def test_the_header_can_be_seen_before_the_rows(tmp_path: Path, form: str, names: list[str] | None) -> None:
    path = put(tmp_path, f"feed.{form}", WRITERS[form]())
    assert header(path, name=path.name, feed=feed()) == names


ARABIC = "ID,NAME\n1,السيد نور\n"


@pytest.mark.parametrize(("encoding", "content", "name"), [
    ("utf-8", ARABIC.encode(), "السيد نور"),
    ("utf-8", ARABIC.encode("utf-8-sig"), "السيد نور"),
    ("windows-1256", ARABIC.encode("cp1256"), "السيد نور"),
    ("latin-1", "ID,NAME\n1,Zoë Muñoz\n".encode("latin-1"), "Zoë Muñoz"),
    ("latin-1", b"ID,NAME\n1,O\x92Brien\n", "O’Brien"),
])
@pytest.mark.parametrize("packed", [False, True])
def test_every_encoding_is_read(tmp_path: Path, encoding: str, content: bytes, name: str, packed: bool) -> None:
    path = put(tmp_path, "feed.csv.gz" if packed else "feed.csv", gzip.compress(content) if packed else content)
    assert rows(path, encoding=encoding) == [(2, "1", name)]


@pytest.mark.parametrize(("encoding", "content", "said"), [
    ("utf-8", b"ID,NAME\n1,a\n2,Zo\xeb\n", "line 3: byte 0xEB is not utf-8"),
    ("utf-8", ARABIC.encode("cp1256"), "line 2: byte 0xC7 is not utf-8"),
    ("utf-8", ARABIC.encode("utf-16"), "line 1: byte 0xFF is not utf-8"),
    ("latin-1", b"ID,NAME\n1,a\n2,\x81\n", "line 3: byte 0x81 is not latin-1"),
    ("windows-1256", ARABIC.encode("utf-8-sig"), 'begins with the mark of UTF-8, but feed.encoding is "windows-1256"'),
])
def test_a_byte_that_is_wrong_for_the_encoding_is_named(tmp_path: Path, encoding: str, content: bytes, said: str) -> None:
    with pytest.raises(FeedError, match=f"^feed.csv: {said}"):
        rows(put(tmp_path, "feed.csv", content), encoding=encoding)


def test_the_byte_is_named_in_json_too(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"feed.json: byte 0xEB is not utf-8"):
        rows(put(tmp_path, "feed.json", b'[{"ID": "Zo\xeb"}]'))
    with pytest.raises(FeedError, match=r"feed.jsonl: line 2: byte 0xEB is not utf-8"):
        rows(put(tmp_path, "feed.jsonl", b'{"ID": 1}\n{"ID": "Zo\xeb"}\n'))


@pytest.mark.parametrize(("name", "content"), [
    ("feed.csv", ""), ("feed.csv", "\ufeff"), ("feed.csv", "ID,NAME"), ("feed.csv", "ID,NAME\r\n"), ("feed.csv", "\n\nID\n\n"),
    ("feed.tsv", "ID\tNAME\n"), ("feed.json", ""), ("feed.json", " \n"), ("feed.json", "[]"), ("feed.json", "[ ]\n"),
    ("feed.jsonl", ""), ("feed.jsonl", "\n \n"), ("feed.xlsx", ""), ("feed.parquet", ""), ("feed.csv.gz", gzip.compress(b"")),
    ("feed.csv.gz", b""), ("feed.zip", b""), ("feed.xlsx", workbook(body=[])), ("feed.xlsx", workbook([], [])),
])
def test_an_empty_file_gives_no_frame(tmp_path: Path, name: str, content: bytes | str) -> None:
    path = put(tmp_path, name, content)
    assert table(path).height == 0
    assert header(path, name=name, feed=feed()) in ([], ["ID"], ["ID", "NAME"], HEAD, None)


@pytest.mark.parametrize(("name", "content"), [
    ("feed.csv", csv_text()[:-10]), ("feed.csv", 'ID,NAME\n1,"half a na'), ("feed.csv", 'ID,NAME\n1,a\n2'),
    ("feed.tsv", "ID\tNAME\n1\ta\n2"), ("feed.jsonl", '{"ID": 1}\n{"ID": 2, "NA'), ("feed.jsonl", '{"ID": 1}\n{'),
    ("feed.json", '[{"ID": 1}, {"ID": 2, "NA'), ("feed.json", '[{"ID": 1}'), ("feed.json", '[{"ID": 1},'), ("feed.json", "["),
    ("feed.csv.gz", gzip.compress(csv_text().encode())[:-9]), ("feed.csv.gz", gzip.compress(csv_text().encode())[:30]),
    ("feed.csv.gz", gzip.compress(b"ID\n1\n") + gzip.compress(b"2\n")[:12]),
    ("feed.zip", zipped(csv_text().encode())[:-30]), ("feed.xlsx", workbook()[:-40]), ("feed.parquet", parquet()[:-12]),
])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, name: str, content: bytes | str) -> None:
    with pytest.raises(FeedError, match=rf"^{name}: .*cut short"):
        rows(put(tmp_path, name, content))


@pytest.mark.parametrize(("name", "content", "keys", "said"), [
    ("feed.csv.gz", b"ID\n1\n", {}, "not a gzip file, although its name says so"),
    ("feed.zip", b"ID\n1\n", {}, "not a zip file, although its name says so"),
    ("feed.csv.gz", gzip.compress(b"ID\n1\n")[:12] + b"xxxxxxxxxxxxxx", {}, "the gzip is broken"),
    ("feed.zip", zipped(b"ID\n", "a.csv", "b.csv"), {}, "the zip holds 2 files; exactly one data file is expected"),
    ("feed.dat", b"ID\n1\n", {}, "its name does not tell its format; set feed.format to one of csv, tsv, json"),
    ("feed.xlsx", b"ID\n1\n", {}, "not a workbook"),
    ("feed.xlsx", workbook(), {"sheet": "Other"}, 'no sheet "Other"; its sheets are Jobs'),
    ("feed.parquet", b"ID\n1\n", {}, "not a parquet file"),
    ("feed.json", '{"rows": []}', {}, "not a list of records; set feed.records"),
    ("feed.json", '{"rows": []}', {"records": "data.rows"}, 'there is no "data", which feed.records "data.rows" names'),
    ("feed.json", '{"data": {}}', {"records": "data.rows"}, 'there is no "rows"'),
    ("feed.json", '{"rows": 5}', {"records": "rows"}, "no list at feed.records 'rows'"),
    ("feed.json", "<html>", {}, "not a list of records"),
    ("feed.json", "[1, 2] 3", {}, "broken JSON at byte 8: more text after the end"),
    ("feed.json", "[1 2]", {}, 'broken JSON at byte 4: "2" where one of , ] should be'),
    ("feed.json", "[" + "[" * 50 + "]" * 50 + "]", {}, "the file is cut short, or its JSON is broken, in what begins at byte 2"),
    ("feed.csv", 'ID,"NAME\n1,a\n', {}, "line 1: the header cannot be read: a quote is opened and never closed"),
])
def test_what_is_not_as_named_is_refused_in_a_clear_sentence(tmp_path: Path, name: str, content: bytes | str,
                                                             keys: dict[str, str], said: str) -> None:
    with pytest.raises(FeedError) as caught:
        rows(put(tmp_path, name, content), **keys)
    assert str(caught.value).startswith(f"{name}: {said}")


BOMB = bytes(40 << 20)


@pytest.mark.parametrize(("name", "content"), [
    ("feed.csv.gz", gzip.compress(BOMB)), ("feed.zip", zipped(BOMB)), ("feed.jsonl.gz", gzip.compress(BOMB))])
def test_a_bomb_is_stopped_by_what_it_really_unpacks_to(tmp_path: Path, name: str, content: bytes) -> None:
    path = put(tmp_path, name, content)
    with pytest.raises(FeedError, match=r"unpacks to more than 33,554,432 bytes, which no schedule of its size does"):
        sum(len(piece) for piece in open_feed(path, name=name, feed=feed()).pieces())


@pytest.mark.parametrize(("caps", "limit"), [
    (Caps(bytes=1000, ratio=250, floor=100), 1000), (Caps(bytes=9000, ratio=2, floor=100), 200),
    (Caps(bytes=9000, ratio=2, floor=500), 500)])
def test_the_caps_are_bytes_and_a_ratio_beyond_a_floor(caps: Caps, limit: int) -> None:
    assert caps.limit(100) == limit


def test_a_zip_that_lies_about_its_sizes_is_broken_not_believed(tmp_path: Path) -> None:
    honest = zipped(b"ID\n" + b"1\n" * 5000)
    size = (10003).to_bytes(4, "little")
    path = put(tmp_path, "feed.zip", honest.replace(size, (20).to_bytes(4, "little")))
    with pytest.raises(FeedError, match=r"cut short or broken"):
        rows(path)


def test_cells_of_a_workbook_are_what_a_person_sees(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "feed.xlsx") as book:
        book.add_worksheet("Notes").write(0, 0, "not this one")
        sheet = book.add_worksheet("Jobs")
        day, moment, clock = (book.add_format({"num_format": form}) for form in ("dd/mm/yyyy", "dd/mm/yyyy hh:mm", "hh:mm"))
        sheet.write_row(2, 1, ["ID", "DAY", "AT", "CLOCK", "N", "LAT", "FLAG", "NOTE"])
        for row in (3, 5):
            sheet.write_string(row, 1, f"00{row}")
            sheet.write_datetime(row, 2, at(2027, 3, row), day)
            sheet.write_datetime(row, 3, at(2027, 3, row, 8 * (row == 3), 30), moment)
            sheet.write_datetime(row, 4, dt.time(8, 30), clock)
            sheet.write_row(row, 5, [30412345678, 24.75, True, " two\nlines "])
    assert rows(tmp_path / "feed.xlsx", sheet="Jobs") == [
        (4, "003", "2027-03-03", "2027-03-03T08:30:00", "08:30:00", "30412345678", "24.75", "true", "two\nlines"),
        (6, "005", "2027-03-05", "2027-03-05T00:30:00", "08:30:00", "30412345678", "24.75", "true", "two\nlines")]


def test_columns_of_parquet_become_the_texts_a_person_would_write(tmp_path: Path) -> None:
    zoned = dt.datetime(2027, 1, 4, 2, tzinfo=dt.UTC)
    pl.DataFrame({
        "ID": [17, None], "N": [1234567.0, 2.5], "DAY": [dt.date(2027, 3, 21)] * 2, "SEEN": [at(2027, 3, 21), None],
        "AT": [at(2027, 3, 21, 8, 30), at(2027, 3, 21)], "STAMP": [zoned, zoned], "FLAG": [True, False],
        "premise": [{"id": 7, "geo": {"lat": 24.75}}] * 2, "meters": [["E1", "G2"], None], "line": ["x", " "],
    }).write_parquet(tmp_path / "feed.parquet")
    found = table(tmp_path / "feed.parquet")
    assert found.drop("line", "broken", "broken_row").rows() == [
        ("17", "1234567", "2027-03-21", "2027-03-21", "2027-03-21T08:30:00", "2027-01-04T02:00:00+00:00", "true",
         "7", "24.75", '["E1","G2"]', "x"),
        (None, "2.5", "2027-03-21", None, "2027-03-21T00:00:00", "2027-01-04T02:00:00+00:00", "false", "7", "24.75", None, None)]
    assert found.columns == ["ID", "N", "DAY", "SEEN", "AT", "STAMP", "FLAG", "premise.id", "premise.geo.lat", "meters",
                             "line_2", "line", "broken", "broken_row"]
