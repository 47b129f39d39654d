"""What a feed smuggles in arrives as the harmless text that it is, on every way and in every list."""

import csv
from dataclasses import replace
from email import message_from_bytes, policy
from html import escape
from pathlib import Path

import orjson
import pytest
from pypdf import PdfReader

from doorstep.channels import open_channels
from doorstep.delivery.lines import Lines
from doorstep.exports import bare
from tests.proof.fault_night import Night, household, northwick, providers, settings_of
from tests.town import MORNING

SMUGGLED = [                                  # what a feed says, and how it arrives
    ("Eve\r\nBcc: evil@example.org\r\n\r\nPay here", "Eve Bcc: evil@example.org Pay here"),
    ("Eve\u2028Bcc: evil@example.org\u202egnp.exe", "Eve Bcc: evil@example.orggnp.exe"),
    ("%0d%0aBcc: evil@example.org \\u000a \\r\\n", "%0d%0aBcc: evil@example.org \\u000a \\r\\n"),
    ("-s0.abc- -t1.abc- -links.page-", "-s0.abc- -t1.abc- -links.page-"),
    ("{{visit.day}} {{ customer.email }} {%x%} {{{y}}}", "{{visit.day}} {{ customer.email }} {%x%} {{{y}}}"),
    ("%s %(name)s {0} ${7*7} <% x %>", "%s %(name)s {0} ${7*7}"),
    ("<img src=x onerror=1>Eve & Adam", "Eve & Adam"),
    ("Eve <script src=//evil.example.org", "Eve script src=//evil.example.org"),
    ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"), ("+1+1", "+1+1"), ("@SUM(1+1)", "@SUM(1+1)"),
    ("\t=1+1", "=1+1"), ("＝1+1", "＝1+1"),
    ("Robert'); DROP TABLE notice;--", "Robert'); DROP TABLE notice;--"),
    ('#{1} $x$ #read("/etc/passwd")', '#{1} $x$ #read("/etc/passwd")'),
]
CRAFTED = [household(number, CUSTOMER=name, EMAIL=f"to{number}@example.net", PSR="Y", WO_NUM=f"=NW{number}")
           for number, (name, _) in enumerate(SMUGGLED, 1)]
ARRIVES = {f"to{number}@example.net": name for number, (_, name) in enumerate(SMUGGLED, 1)}
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Language", "Auto-Submitted"}


def crafted(night: Night, when: str) -> None:
    night.feed("2027-01-05 03:00", CRAFTED)
    night.send(when)
    assert "taken=15" in night.said[0] and "failed=0" in night.said[1]


def arrives_as_text(to: str, subject: str, text: str, html: str) -> None:
    """The name as it was written, once escaped where it meets HTML, and nothing of it at work."""
    name = ARRIVES[to]
    assert subject == "Reminder: smart meter visit, Tuesday 9 March 2027"
    assert f"Dear {name}," in text.splitlines() and f"Dear {escape(name, quote=False)}," in html
    assert html.lower().count("<img") == html.lower().count("<script") == 0


def test_what_a_feed_smuggles_in_arrives_through_sendgrid_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with providers(monkeypatch) as (mail, _, texts):
        rollout, settings = northwick(), settings_of(tmp_path, mail, texts)
        crafted(Night(tmp_path, rollout, settings, Lines.of(open_channels("sendgrid", rollout, settings))), MORNING)
        assert [each.to for each in mail.delivered] == list(ARRIVES)
        for each in mail.delivered:
            arrives_as_text(each.to, each.subject, each.text, each.html)
        sent = [orjson.loads(seen.body) for seen in mail.requests]
        assert {name for each in sent for name in each["headers"]} <= HEADERS
        assert {tuple(person) for each in sent for person in each["personalizations"]} == {("to", "custom_args", "substitutions")}


def test_what_a_feed_smuggles_in_arrives_through_ses_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with providers(monkeypatch) as (_, amazon, _):
        rollout, settings = northwick(), settings_of(tmp_path)
        crafted(Night(tmp_path, rollout, settings, Lines.of(open_channels("ses", rollout, settings))), MORNING)
        assert [each.to for each in amazon.delivered] == list(ARRIVES) and not amazon.not_rendered
        for each in amazon.delivered:
            arrives_as_text(each.to, each.subject, each.text, each.html)
            assert set(each.headers) <= HEADERS


def test_what_a_feed_smuggles_in_arrives_in_the_outbox_as_text(tmp_path: Path) -> None:
    rollout, settings = northwick(live=False), settings_of(tmp_path)
    night = Night(tmp_path, replace(rollout, plan=(rollout.row("reminder"),)), settings)
    crafted(night, MORNING)
    letters = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in (tmp_path / "outbox/email").iterdir()]
    assert sorted(str(each["To"]) for each in letters) == sorted(ARRIVES)
    for each in letters:
        text, html = [part.get_content() for part in each.iter_parts()]
        arrives_as_text(str(each["To"]), str(each["Subject"]), text, html)
        assert set(each.keys()) <= HEADERS


def test_what_a_feed_smuggles_in_is_printed_and_spoken_as_text(tmp_path: Path) -> None:
    rollout, settings = northwick(live=False), settings_of(tmp_path)
    night = Night(tmp_path, replace(rollout, plan=(rollout.row("needs-check"),)), settings)
    night.lines = Lines.of({"post": night.lines.by_kind["post"][0]})
    crafted(night, "2027-01-25 09:00")
    printed = [PdfReader(path).pages[0].extract_text() for path in sorted((tmp_path / "outbox/post").iterdir())]
    for name in filter(str.isascii, ARRIVES.values()):          # the font has no full-width letters
        assert any(f"Dear {name}," in page.replace("\n", " ") for page in printed), name


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_no_list_that_we_write_holds_a_formula(tmp_path: Path) -> None:
    rollout = northwick()
    rollout = replace(rollout, file=rollout.file.model_copy(update={"senders": {"call": ["calls"]}}))
    night = Night(tmp_path, rollout, settings_of(tmp_path))
    bad = [row | {"WO_NUM": f"{row['WO_NUM']}9", "STATUS": "ZZZ"} for row in CRAFTED]
    night.feed("2027-01-05 03:00", [*CRAFTED, *bad])
    night.send("2027-01-25 09:00")
    calls, refused, due = map(rows_of, night.lists("2027-01-25 10:00"))
    assert [bare(row["who"]) for row in calls] == list(ARRIVES.values())
    assert [bare(row["CUSTOMER"]) for row in refused] == [row["CUSTOMER"].strip() for row in bad]
    assert {bare(row["reference"])[:3] for row in due} == {"=NW"}
    cells = [cell for rows in (calls, refused, due) for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))]
    assert sum(cell.startswith("'=") for cell in cells) > 2 * len(CRAFTED)
