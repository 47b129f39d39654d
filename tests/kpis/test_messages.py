"""The messages: arrival, bounces, complaints, stops, language and punctuality, by wave, language and channel."""

import pytest

from tests.kpis.world import World, at

SENT = "2027-03-01 09:00"


@pytest.fixture
def mail(world: World) -> World:
    """Ten emails: seven arrived, one bounced, one never answered, one sent an hour ago."""
    for _ in range(7):
        world.notice(world.visit(), sent=SENT, heard="2027-03-01 09:01")
    world.notice(world.visit(wave="W02"), sent=SENT, heard=None, state="bounced", bounced_at=at("2027-03-01 09:05"))
    world.notice(world.visit(wave="W02"), sent=SENT, heard=None)
    world.notice(world.visit(), sent="2027-03-04 08:30", heard=None)
    return world


NOW = "2027-03-04 09:30"


@pytest.mark.parametrize(("kpi", "counts"), [
    ("B6", (7, 9)),                    # the one on its way is not judged
    ("B6 wave=W01", (7, 7)),
    ("B6 wave=W02", (0, 2)),
    ("B7", (1, 9)),
    ("X1 channel=email", (10, 10)),
])
def test_mail_is_counted_once_answered(mail: World, kpi: str, counts: tuple[int, int]) -> None:
    assert mail.counts(kpi, NOW) == counts


def test_mail_looks_the_same_from_the_past_whatever_came_later(mail: World) -> None:
    before = mail.kpis("2027-03-01 09:03")
    assert (before["B6"].numerator, before["B6"].denominator) == (7, 7)
    for _ in range(3):
        mail.notice(mail.visit(since=at(NOW), created_at=at(NOW)), sent="2027-03-05 09:00", heard=None)
    assert mail.kpis("2027-03-01 09:03") == before


def test_a_bounce_after_delivery_is_believed(world: World) -> None:
    world.notice(world.visit(), sent=SENT, heard="2027-03-01 09:01", state="bounced", bounced_at=at("2027-03-02"))
    assert world.counts("B6", "2027-03-01 12:00") == (1, 1)
    assert world.counts("B6", NOW) == (0, 1)


def test_texts_and_mail_do_not_mix(mail: World) -> None:
    mail.notice(mail.visit(), sent=SENT, heard="2027-03-01 09:01", channel="sms")
    assert (mail.counts("B9", NOW), mail.counts("B6", NOW)) == ((1, 1), (7, 9))


def test_complaints_and_stops_come_from_the_journal(mail: World) -> None:
    mail.event("complained", "2027-03-02", notice_id=1)
    mail.event("complained", "2027-03-02 10:00", notice_id=1)         # the same message again
    mail.event("stopped", "2027-03-02", notice_id=2, customer_id=2)
    mail.event("stopped", "2027-03-03", customer_id=3)                # by word of mouth, no message
    mail.event("stopped", "2027-03-09", notice_id=4)                  # later than asked for
    assert mail.counts("B8", NOW) == (1, 7)
    assert mail.counts("B10", NOW) == (2, 7)
    assert mail.counts("B10 channel=email", NOW) == (1, 7)


def test_own_language_is_what_the_customer_asked_for(world: World) -> None:
    welsh = world.home(language="cy")
    world.notice(world.visit(welsh), language="cy")
    world.notice(world.visit(welsh), language="en")
    world.notice(world.visit(), language="en", channel="post")
    values = world.kpis()
    found = {name: (value.numerator, value.denominator) for name, value in values.items() if name.startswith("X1")}
    assert found == {"X1": (2, 3), "X1 wave=W01": (2, 3), "X1 language=cy": (1, 2), "X1 language=en": (1, 1),
                     "X1 channel=email": (1, 2), "X1 channel=post": (1, 1)}


def test_on_time_counts_what_is_owed_by_now(world: World) -> None:
    visit = world.visit()
    until = at("2027-03-09 08:00")
    for via, row in {"sent": {}, "late": {"sent": "2027-03-09 09:00"}}.items():
        world.notice(visit, via=via, **row)
    for via, state, closed in (("missed", "missed", until), ("failed", "failed", until - 5), ("void", "void", until),
                               ("over", "due", None), ("to come", "due", None)):
        ends = at("2027-05-01") if via == "to come" else until
        world.notice(visit, via=via, sent=None, heard=None, state=state, closed_at=closed, until_at=ends)
    assert world.counts("X2-before") == (1, 5)
    assert world.kpis()["X2-during"].status == "too_few"
