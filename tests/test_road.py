"""The whole road, from feeds to messages: what a household with two meters hears when its visits move apart and together."""

from pathlib import Path

import pytest

from doorstep.delivery import send_due
from doorstep.delivery.lines import Lines
from doorstep.inbox.events import Event, record_events
from doorstep.planning import plan_phase
from doorstep.rollout import load_rollout
from doorstep.rollout.shape import CHANNELS
from doorstep.schedule import pull
from doorstep.settings import CHECKOUT, Settings
from doorstep.words import Library
from tests.making import World, at, make_store
from tests.test_killed import HEAD
from tests.town import LIBRARY, Street

ROW = ("NW{n},P1,A1,Ms O'Brien,p1@example.com,07400 123456,en,1 Mill Road,Northwick,NW1 0ZZ,W01,{fuel},E{n},"
       "{day},{slot},{status},N,{life},OCCUPIER,DOM,0,0,{outcome},{done},{stamp}\n")


class Household:
    """One household with an electricity and a gas work order, told by the real words through streets that keep them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.rollout = folder, load_rollout(CHECKOUT / "config", "northwick")
        self.settings = Settings(home=folder)
        self.world = World(make_store(folder), self.rollout)
        self.streets = {kind: Street(kind) for kind in CHANNELS}
        self.library: Library = LIBRARY

    def feed(self, when: str, *days: str, status: str = "PLANNED", slot: str = "AM", outcome: str = "", done: str = "",
             life: str = "N", orders: tuple[int, ...] = (1, 2)) -> None:
        """Pull a feed with these work orders, each on its day; the stamp is the moment itself."""
        rows = [ROW.format(n=n, fuel=("ELEC", "GAS")[n % 2], day=day, slot=slot, status=status, outcome=outcome, done=done,
                           stamp=f"{when.replace(' ', 'T')}:00Z", life=life) for n, day in zip(orders, days, strict=True)]
        path = self.folder / f"feed {when.replace(':', '')}.csv"
        path.write_text(HEAD + "".join(rows), "utf-8")
        pull(self.world.store, self.rollout, settings=self.settings, now=at(when, self.rollout), file=path)

    def send(self, when: str) -> list[str]:
        """Plan and hand over; the new text messages."""
        before, now = len(self.streets["sms"].taken), at(when, self.rollout)
        plan_phase(self.world.store, self.rollout, phase=None, now=now)
        send_due(self.world.store, self.rollout, library=self.library, lines=Lines.of(dict(self.streets)), now=now)
        return [message.text for _, _, message in self.streets["sms"].taken[before:]]


@pytest.fixture
def home(tmp_path: Path) -> Household:
    home = Household(tmp_path)
    home.feed("2027-02-20 03:00", "09/03/2027", "09/03/2027")
    return home


def names(home: Household, **wanted: object) -> list[str]:
    return [f"{row.notice}/{row.via or row.channel}" for row in home.world.notices(**wanted)]


def test_two_meters_on_one_day_are_one_visit_and_one_message(home: Household) -> None:
    home.send("2027-02-22 09:00")
    texts = home.send("2027-03-08 17:00")
    assert len(texts) == 1 and len({row.visit_id for row in home.world.notices()}) == 1
    (_, _, email) = home.streets["email"].taken[0]
    assert "electricity and gas meters" in email.text


def test_both_meters_move_together_and_are_corrected_once(home: Household) -> None:
    home.send("2027-02-22 09:00")
    home.feed("2027-02-24 03:00", "16/03/2027", "16/03/2027")
    (text,) = home.send("2027-02-24 09:00")
    assert "16 March" in text and "9 March" in text
    assert not home.send("2027-02-24 12:00")


def test_one_meter_moves_away_and_only_its_visit_is_corrected(home: Household) -> None:
    home.send("2027-02-22 09:00")
    home.feed("2027-02-24 03:00", "09/03/2027", "16/03/2027")
    (text,) = home.send("2027-02-24 09:00")
    assert "NEW" in text and "16 March" in text
    assert not home.send("2027-02-24 12:00")
    evening = home.send("2027-03-08 17:00")
    assert len(evening) == 1 and "9 March" in evening[0]


def test_a_meter_that_joins_the_other_is_corrected_and_then_told_with_it(home: Household) -> None:
    home.send("2027-02-22 09:00")
    home.feed("2027-02-24 03:00", "09/03/2027", "16/03/2027")
    home.send("2027-02-24 09:00")
    home.feed("2027-02-26 03:00", "16/03/2027", "16/03/2027")
    texts = home.send("2027-02-26 09:00")
    assert len(texts) == 1 and "16 March" in texts[0] and "9 March" in texts[0]
    assert not home.send("2027-03-08 17:00")                         # nobody says that we come tomorrow
    evening = home.send("2027-03-15 17:00")
    assert len(evening) == 1


def test_a_cancelled_visit_that_is_booked_again_is_told_of_its_new_day(home: Household) -> None:
    home.send("2027-02-22 09:00")
    home.feed("2027-02-24 03:00", "09/03/2027", "09/03/2027", status="CANCELLED", outcome="BY_SUPPLIER")
    (sorry,) = home.send("2027-02-24 09:00")
    assert "9 March" in sorry
    home.feed("2027-02-26 03:00", "23/03/2027", "23/03/2027", status="BOOKED")
    home.send("2027-02-26 09:00")
    assert "booking-confirmation/email" in names(home) and "new-date/sms" not in names(home)


def test_a_visit_done_early_is_never_announced_for_tomorrow(home: Household) -> None:
    home.send("2027-02-22 09:00")
    home.feed("2027-03-08 12:00", "09/03/2027", "09/03/2027", status="COMPLETE", done="2027-03-08T10:00:00Z")
    texts = home.send("2027-03-08 17:00")
    assert len(texts) == 1 and not names(home, notice="day-before", state="accepted")
    assert names(home, notice="meter-fitted", state="accepted") == ["meter-fitted/sms"]


def test_no_access_is_told_with_its_reason_and_the_third_time_as_a_last_invitation(home: Household) -> None:
    for attempt, day in enumerate(("09", "16", "23"), start=1):
        date = f"{day}/03/2027"
        if attempt > 1:
            home.feed(f"2027-03-{int(day) - 3:02d} 03:00", date, date, status="BOOKED")
            home.send(f"2027-03-{int(day) - 3:02d} 09:00")
        home.feed(f"2027-03-{day} 19:00", date, date, status="ABORTED", outcome="NO_ACCESS", done=f"2027-03-{day}T10:00:00Z")
        home.send(f"2027-03-{day} 19:10")
    assert len(home.world.notices(notice="visit-not-done")) == 2
    assert len(home.world.notices(notice="final-invitation")) == 1


def test_a_life_support_home_is_called_before_and_after_the_power_is_off(tmp_path: Path) -> None:
    home = Household(tmp_path)
    home.feed("2027-02-20 03:00", "09/03/2027", "09/03/2027", life="Y")
    home.send("2027-03-08 10:00")
    home.feed("2027-03-09 12:00", "09/03/2027", "09/03/2027", status="COMPLETE", life="Y", done="2027-03-09T11:00:00Z")
    home.send("2027-03-09 12:05")
    assert {"power-safety/call", "power-restored/call"} <= set(names(home, state="accepted"))


def test_a_row_that_lost_its_number_does_not_cancel_the_visit_it_belongs_to(home: Household) -> None:
    home.send("2027-02-22 09:00")
    others = range(10, 40)
    path = home.folder / "nameless.csv"
    stamp = "2027-02-23T03:00:00Z"
    rows = [ROW.format(n=n, fuel="ELEC", day="09/03/2027", slot="AM", status="PLANNED", outcome="", done="", stamp=stamp,
                       life="N") for n in (1, 2)]
    rows[0] = rows[0].replace("NW1,", ",", 1)
    rows += [rows[1].replace("NW2,P1,A1", f"NW{n},P{n},A{n}", 1) for n in others]
    path.write_text(HEAD + "".join(rows), "utf-8")
    (report,) = pull(home.world.store, home.rollout, settings=home.settings, now=at("2027-02-23 03:00", home.rollout), file=path)
    assert report.refused == {"work_order_missing": 1} and report.changed["cancelled"] == 0
    assert not [text for text in home.send("2027-02-23 09:00") if "cancel" in text.lower()]


def test_a_day_told_without_a_window_is_not_corrected_when_the_window_comes(tmp_path: Path) -> None:
    home = Household(tmp_path)
    home.feed("2027-02-20 03:00", "09/03/2027", "09/03/2027", slot="TBC")
    home.send("2027-02-22 09:00")
    home.feed("2027-02-24 03:00", "09/03/2027", "09/03/2027", slot="AM")
    home.send("2027-02-24 09:00")
    assert not names(home, notice="new-date")
    home.feed("2027-02-26 03:00", "09/03/2027", "09/03/2027", slot="PM")
    home.send("2027-02-26 09:00")
    assert not names(home, notice="new-date")          # nobody had been told of the morning


def test_a_copy_whose_channel_stopped_leaves_it_to_the_copy_of_the_same_batch(home: Household) -> None:
    home.world.customer(1, email="p1@example.com")
    home.send("2027-02-22 09:00")
    reminder = home.world.notices(notice="reminder")[0]
    now = at("2027-02-22 10:00", home.rollout)
    record_events(home.world.store, home.rollout, [Event("stopped", reminder.id, now, "s")], now)
    home.feed("2027-02-24 03:00", "16/03/2027", "16/03/2027")
    home.send("2027-02-24 09:00")
    sent = [row.channel for row in home.world.notices(notice="new-date") if row.state == "accepted"]
    assert sorted(sent) == sorted(set(sent))


def test_a_booking_of_the_first_feed_is_not_confirmed_because_its_window_changes(tmp_path: Path) -> None:
    home = Household(tmp_path)
    home.feed("2027-02-20 03:00", "09/03/2027", "09/03/2027", status="BOOKED")
    home.feed("2027-02-21 03:00", "09/03/2027", "09/03/2027", status="BOOKED", slot="PM")
    home.send("2027-02-21 09:00")
    assert not names(home, notice="booking-confirmation")


def test_a_day_told_in_the_very_run_that_booked_it_again_is_corrected_when_it_moves(home: Household) -> None:
    home.feed("2027-02-21 09:00", "09/03/2027", "09/03/2027", status="CANCELLED", outcome="BY_SUPPLIER")
    home.feed("2027-02-22 09:00", "16/03/2027", "16/03/2027", status="BOOKED")
    home.send("2027-02-22 09:00")                       # the nightly run hands one moment to pull and send
    home.send("2027-02-22 09:15")
    home.feed("2027-02-24 03:00", "23/03/2027", "23/03/2027", status="BOOKED")
    home.send("2027-02-24 09:00")
    assert "new-date/sms" in names(home, state="accepted")
