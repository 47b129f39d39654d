"""What stands in an artifact: counts and ids, the exact words that accept a held feed, and no customer."""

from base64 import b64decode

import pytest

from doorstep.delivery.halting import Scope, Standstill
from doorstep.kpis import KpiValue
from doorstep.schedule import HeldFeed, PullReport
from tasks.pages import Waiting, kpi_page, night_page, pull_page, table, waiting_page
from tasks.publishing import artifact_key

HELD = HeldFeed(feed_id=12, file="in/northwick-2027-01-05.csv", reason="rows_vanished", rows=800, would_vanish=1_200,
                would_move=30, would_cancel=4, pulled_at=0)
NEAR = KpiValue("B1", "before", "Told 30 days before", 91.25, 912.5, 1000, 95.0, "near", "%", "up")
PULLED = PullReport("northwick.csv", rows=100, taken=90, refused={"date_missing": 3, "status_unknown": 6}, superseded=1,
                    changed={"new": 80, "moved": 4, "cancelled": 0, "completed": 2, "aborted": 0}, unchanged=4, feed_id=7)


def svg_in(page: str) -> str:
    return b64decode(page.split("base64,")[1].split(")")[0]).decode()


def test_a_held_feed_says_what_it_would_do_and_the_fields_that_accept_it() -> None:
    page = waiting_page("northwick", Waiting([HELD]))
    assert "drop 1,200, move 30 and cancel 4" in page
    for line in ("| rollout | `northwick` |", "| feed_id | `12` |", "| count | `1234` |", "| by | your name |"):
        assert line in page
    assert "**accept-feed**" in page


def test_refused_rows_and_unknown_notices_wait_as_counts() -> None:
    page = waiting_page("northwick", Waiting(refused={"date_missing": 3, "status_unknown": 40}, unknown=2))
    assert page.index("status_unknown | 40") < page.index("date_missing | 3")
    assert "2 were handed over and got no answer" in page


def test_nothing_waiting_says_so() -> None:
    assert waiting_page("northwick", Waiting()) == "Nothing waits for a person."


def test_an_emergency_stop_waits_with_its_id_a_failing_provider_with_its_end_and_wrong_books_come_first() -> None:
    page = waiting_page("northwick", Waiting(
        stops=[Standstill(4, Scope(area="North"), "wrong tariff", 0, "pm")], resting=["sendgrid (email) failed 3 times"],
        mismatches=["2 notices are held without a reason (the first is notice 7)"]))
    assert page.startswith("## The books do not balance")
    assert "| 4 | area North | wrong tariff | pm |" in page and "**resume**" in page
    assert "- sendgrid (email) failed 3 times" in page


def test_a_pull_shows_its_counts_and_why_rows_were_refused() -> None:
    page = pull_page([PULLED])
    assert "100 rows: 90 taken, 1 superseded by a later row, 9 refused." in page
    assert "| status_unknown | 6 |" in page
    assert ">moved<" in svg_in(page)


def test_a_held_file_shows_no_changes_for_it_made_none() -> None:
    page = pull_page([PullReport("half.csv", rows=40, held="cut_short", feed_id=8)])
    assert "**Held: cut_short.** Nothing of it was taken" in page
    assert "svg" not in page


def test_a_kpi_stands_beside_its_target_with_what_was_counted() -> None:
    page = kpi_page([NEAR]).replace("\u00a0", " ")
    assert "| B1 | Told 30 days before | 91.2% | ≥ 95% | ≈ close | 912.50 / 1,000 |" in page
    assert "Told 30 days before" in svg_in(page)


def test_parts_of_a_kpi_and_kpis_without_a_value_are_no_bars() -> None:
    wave = KpiValue("B1", "before", "Told 30 days before", 10.0, 1, 10, 95.0, "missed", "%", "up", cut="wave=W01")
    empty = KpiValue("B2", "before", "Reached", None, 0, 0, 95.0, "too_few", "%", "up")
    page = kpi_page([wave, empty])
    assert "svg" not in page
    assert "10.0%" not in page
    assert "| – |" in page


def test_a_night_shows_what_each_step_said_and_the_kpis_by_phase() -> None:
    page = night_page({"pull": "1 new files", "before": "failed: the source is away"}, [NEAR])
    assert "| before | failed: the source is away |" in page
    assert "## Before the visit" in page


def test_a_cell_cannot_break_its_table() -> None:
    assert "| a/b |" in table(["x"], [("a|b",)])
    assert table(["x"], [(n,) for n in range(203)]).endswith("… and 3 more.")


@pytest.mark.parametrize(("names", "key"), [
    (("kpis", "before", "northwick"), "kpis-before-northwick"),
    (("pull", "North_West 2027"), "pull-north-west-2027"),
])
def test_an_artifact_is_named_as_prefect_wants_it(names: tuple[str, ...], key: str) -> None:
    assert artifact_key(*names) == key
