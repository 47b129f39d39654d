"""SendGrid: a thousand customers in one request, each with their own texts, and nobody's name in the way."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from doorstep.channels import Item, open_channels
from doorstep.channels.sendgrid import SendGrid
from doorstep.errors import ConfigError, Transient
from doorstep.settings import Settings
from doorstep.words import Library, Skeleton
from doorstep.words.skeleton import Part
from tests.making import UTILITY, make_rollout
from tests.stubs.sendgrid import KEY, Delivered, SendGridStub
from tests.words.desk import case_of, library_of, skeleton_of

NOW = 1_800_000_000
ENGLISH = """\
Subject: Visit on {{ visit.day }} for {{ customer.name }}
Sms: S
Voice: V

Dear {{ customer.name }}, we come on **{{ visit.day }}** to {{ customer.address }}.
"""
ARABIC = "Subject: زيارة {{ customer.name }}\nSms: ز\nVoice: ز\n\nمرحبًا {{ customer.name }}، {{ visit.reference }}\n"


@cache
def library(language: str = "en", text: str = "") -> Library:
    with TemporaryDirectory() as folder:
        return library_of(Path(folder), text or {"en": ENGLISH, "ar": ARABIC}[language], language=language)


def words(language: str = "en", text: str = "", **case: Any) -> tuple[Skeleton, list[str]]:
    return skeleton_of(library(language, text), "email", case_of(**case), language=language)


def items_of(*names: str, language: str = "en", **rest: Any) -> list[Item]:
    """One item for each customer's name, uncleaned; references are 1.1, 2.1 and so on."""
    skeleton, texts = words(language)
    slot = skeleton.slots.index("customer.name")
    each = [[*texts[:slot], name, *texts[slot + 1:]] for name in names]
    return [Item(number, f"{number}.1", f"person{number}@example.com", skeleton, own)._replace(**rest)
            for number, own in enumerate(each, 1)]


def channel_to(stub: SendGridStub | str, *, key: str = KEY, utility: dict[str, Any] | None = None, **config: Any) -> SendGrid:
    rollout = make_rollout(utility={**UTILITY, **(utility or {})}, providers={"sendgrid": {"timeout_seconds": 5, **config}})
    url = stub if isinstance(stub, str) else stub.url
    channel = open_channels("sendgrid", rollout, Settings(sendgrid_api_key=SecretStr(key), sendgrid_api_url=url))["email"]
    assert isinstance(channel, SendGrid)
    return channel


def meant(items: Sequence[Item]) -> list[Delivered]:
    """What the outbox would have written."""
    filled = [item.skeleton.fill(item.texts) for item in items]
    return [Delivered(item.ref, item.to, message.subject, message.text, message.html)
            for item, message in zip(items, filled, strict=True)]


def posted(stub: SendGridStub) -> list[dict[str, Any]]:
    return [orjson.loads(seen.body) for seen in stub.requests]


NAMES = ["Ann", "-links.page-", "-t0.00000000-", "{{ name }}", "%name%", "<%name%>", "[Unsubscribe]", "$1 \\1 \\g<0>",
         "Tom & <b>Jerry</b>", "<img src=x onerror=1>", '"; DROP', "O'Neill", "Zoë", "محمد", "李雷", "👩‍👩‍👧", "a\ud800b",
         "", " ", "A, B; C"]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_each_customer_reads_what_the_outbox_would_have_written(language: str) -> None:
    with SendGridStub() as stub:
        items = items_of(*NAMES, language=language)
        outcomes = channel_to(stub).send(items, now=NOW)
        (message_id,) = set(stub.message_ids.values())
        assert [(each.notice_id, each.state, each.provider_id) for each in outcomes] == [
            (item.notice_id, "accepted", message_id) for item in items]
        whole = [item._replace(texts=[text.replace("\ud800", "?") for text in item.texts]) for item in items]
        assert stub.delivered == meant(whole)
        assert stub.count == 1


def test_a_name_cannot_be_a_mark_even_of_another_batch() -> None:
    with SendGridStub() as stub:
        channel = channel_to(stub)
        channel.send(items_of("Ann"), now=NOW)
        marks = list(posted(stub)[0]["personalizations"][0]["substitutions"])
        items = items_of(*marks)
        channel.send(items, now=NOW)
        assert stub.delivered[1:] == meant(items)
        assert not set(marks) & set(posted(stub)[1]["personalizations"][0]["substitutions"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"])) | st.sampled_from(NAMES[:-5]), other=st.text("ab<&>\"'-. "))
def test_whatever_the_names_are(server: tuple[SendGridStub, SendGrid], name: str, other: str) -> None:
    stub, channel = server
    items = items_of(name.replace("\ud800", ""), other, "Ann")
    stub.delivered.clear()
    assert {each.state for each in channel.send(items, now=NOW)} == {"accepted"}
    assert stub.delivered == meant(items)


@pytest.fixture(scope="module")
def server() -> Any:
    with SendGridStub() as stub:
        yield stub, channel_to(stub)


@pytest.mark.parametrize("name", ["X\r\nBcc: e@example.com", "X\nBcc: e@example.com\n\nbody", "X\x00\x0bBcc: e"])
def test_a_name_cannot_forge_a_header(name: str) -> None:
    with SendGridStub() as stub:                                   # it refuses a subject that is not one line
        items = items_of(name, "Ann")
        assert {each.state for each in channel_to(stub).send(items, now=NOW)} == {"accepted"}
        assert [each[3:] for each in stub.delivered] == [each[3:] for each in meant(items)]      # the words below keep it
        subject = stub.delivered[0].subject
        assert re.search(r"[\x00-\x1f]", subject) is None and subject.startswith("Visit on Tuesday 9 March 2027 for X Bcc: e")


def test_a_thousand_customers_are_one_request_and_the_connection_is_kept() -> None:
    with SendGridStub() as stub:
        items = items_of(*(f"Person {number}" for number in range(1000)))
        channel = channel_to(stub)
        for _ in range(3):
            assert {each.state for each in channel.send(items, now=NOW)} == {"accepted"}
        assert (stub.count, stub.connections) == (3, 1)
        assert stub.delivered[:1000] == meant(items)
        assert stub.counts == dict.fromkeys((item.ref for item in items), 3)


def test_a_connection_closed_while_idle_is_opened_again() -> None:
    with SendGridStub() as stub:
        channel = channel_to(stub)
        channel.send(items_of("Ann"), now=NOW)
        stub.hang_up()
        assert channel.send(items_of("Ann"), now=NOW)[0].state == "accepted"
        assert stub.connections == 2


def test_more_than_a_thousand_are_several_requests() -> None:
    with SendGridStub() as stub:
        assert len(channel_to(stub).send(items_of(*["Ann"] * 1001), now=NOW)) == 1001
        assert [len(mail["personalizations"]) for mail in posted(stub)] == [1000, 1]


def test_words_of_two_kinds_are_two_requests_and_answers_keep_their_order() -> None:
    with SendGridStub() as stub:
        english, arabic = items_of("Ann", "Bob"), items_of("محمد", "علي", language="ar")
        first, second = (item._replace(notice_id=item.notice_id + 10, ref=f"{item.notice_id + 10}.1") for item in arabic)
        mixed = [first, english[0], second, english[1]]
        name = {"en": "Northwick, Energy <Ltd>;", "ar": "شركة، الكهرباء"}
        outcomes = channel_to(stub, utility={"name": name}).send(mixed, now=NOW)
        assert [each.notice_id for each in outcomes] == [11, 1, 12, 2]
        assert [each.provider_id for each in outcomes] == [stub.message_ids[item.ref] for item in mixed]
        assert sorted(stub.delivered) == sorted(meant(mixed))
        assert [mail["from"] for mail in posted(stub)] == [{"email": UTILITY["email"], "name": "شركة، الكهرباء"},
                                                           {"email": UTILITY["email"], "name": "Northwick Energy Ltd"}]
        assert [mail["headers"]["Content-Language"] for mail in posted(stub)] == ["ar", "en"]


def test_the_words_stand_once_and_only_an_opaque_reference_goes_along() -> None:
    with SendGridStub() as stub:
        channel_to(stub).send(items_of("Ann Olafsdottir", "Tom & Jerry"), now=NOW)
        [mail] = posted(stub)
        assert [person["custom_args"] for person in mail["personalizations"]] == [{"doorstep": "1.1"}, {"doorstep": "2.1"}]
        assert not {"categories", "custom_args", "send_at", "template_id"} & set(mail)
        assert [person["to"] for person in mail["personalizations"]] == [[{"email": "person1@example.com"}],
                                                                         [{"email": "person2@example.com"}]]
        assert mail["tracking_settings"] == {"click_tracking": {"enable": False, "enable_text": False},
                                             "open_tracking": {"enable": False}, "subscription_tracking": {"enable": False}}


def test_only_a_rollout_that_asks_for_it_learns_who_opened_and_links_stay_as_they_are() -> None:
    with SendGridStub() as stub:
        channel_to(stub, track_opens=True).send(items_of("Ann"), now=NOW)
        [mail] = posted(stub)
        assert mail["tracking_settings"]["open_tracking"] == {"enable": True}
        assert mail["tracking_settings"]["click_tracking"] == {"enable": False, "enable_text": False}


def test_two_accounts_of_one_address_are_two_messages() -> None:
    with SendGridStub() as stub:
        outcomes = channel_to(stub).send(items_of("Ann", "Bob", to="shared@example.com"), now=NOW)
        assert [each.state for each in outcomes] == ["accepted", "accepted"]
        assert [(each.ref, each.to) for each in stub.delivered] == [("1.1", "shared@example.com"), ("2.1", "shared@example.com")]


def test_unsubscribing_with_one_click_is_each_customers_own() -> None:
    with SendGridStub() as stub:
        first, second = items_of("Ann", "Bob")
        channel_to(stub).send([first._replace(unsubscribe="https://n.example/u/TOKEN"), second], now=NOW)
        [mail] = posted(stub)
        assert mail["headers"] == {"Content-Language": "en", "Auto-Submitted": "auto-generated"}
        assert [person.get("headers") for person in mail["personalizations"]] == [{
            **mail["headers"], "List-Unsubscribe": "<https://n.example/u/TOKEN>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}, None]


@pytest.mark.parametrize(("fault", "code"), [
    ({"to": ""}, "address"), ({"to": "a@x.com\r\nBcc: e@x.com"}, "address"), ({"to": "a@x.com,b@x.com"}, "address"),
    ({"to": "jürgen@x.com"}, "address"), ({"to": "a@bücher.example"}, "address"), ({"to": ".a@x.com"}, "address"),
    ({"to": "a..b@x.com"}, "address"), ({"to": "a@localhost"}, "address"), ({"to": f"{'a' * 65}@x.com"}, "address"),
    ({"to": f"a@{'x' * 60}.{'x.' * 100}com"}, "address"), ({"texts": []}, "words"),
    ({"unsubscribe": "mailto:a@x.com"}, "unsubscribe"), ({"unsubscribe": "https://n.example/>\r\nBcc: e@x.com"}, "unsubscribe"),
    ({"texts": ["é" * 3000] * len(words()[1])}, "too_long"),
])
def test_what_sendgrid_would_refuse_late_is_refused_here_and_the_others_go(fault: dict[str, Any], code: str) -> None:
    with SendGridStub() as stub:
        first, bad, last = items_of("Ann", "Bob", "Eve")
        outcomes = channel_to(stub).send([first, bad._replace(**fault), last], now=NOW)
        assert [(each.state, each.code) for each in outcomes] == [("accepted", None), ("refused", code), ("accepted", None)]
        assert stub.counts == {"1.1": 1, "3.1": 1}


def test_words_without_a_subject_are_refused_without_asking() -> None:
    with SendGridStub() as stub:
        parts = {"subject": Part("plain", ((" ",), ())), "text": Part("plain", (("T",), ())), "html": Part("html", (("H",), ()))}
        silent = Skeleton(rollout="northwick", notice="reminder", channel="email", language="en", parts=parts)
        outcomes = channel_to(stub).send([Item(9, "9.1", "a@example.com", silent, []), *items_of("Ann")], now=NOW)
        assert [(each.state, each.code) for each in outcomes] == [("refused", "words"), ("accepted", None)]


@pytest.mark.parametrize(("config", "part"), [
    ({"sandbox": True}, {"mail_settings": {"sandbox_mode": {"enable": True}}}), ({"ip_pool": "duty"}, {"ip_pool_name": "duty"}),
])
def test_settings_of_a_rollout_reach_the_request(config: dict[str, Any], part: dict[str, Any]) -> None:
    with SendGridStub() as stub:
        assert channel_to(stub, **config).send(items_of("Ann"), now=NOW)[0].state == "accepted"
        assert posted(stub)[0].items() >= part.items()
        assert len(stub.delivered) == (0 if "sandbox" in config else 1)


def test_each_subuser_has_a_client_of_its_own() -> None:
    with SendGridStub() as stub:
        for channel in (channel_to(stub, subuser="kampala"), channel_to(stub)):
            channel.send(items_of("Ann"), now=NOW)
        assert [seen.headers.get("On-Behalf-Of") for seen in stub.requests] == ["kampala", None]


@pytest.mark.parametrize(("region", "host"), [("global", "https://api.sendgrid.com"), ("eu", "https://api.eu.sendgrid.com")])
def test_the_region_chooses_the_host(region: str, host: str) -> None:
    assert channel_to("", region=region)._host == host


@pytest.mark.parametrize(("given", "says"), [
    ({"region": "mars"}, "providers.sendgrid.region: "), ({"subuser": "a\r\nX: y"}, "providers.sendgrid.subuser: "),
    ({"ip_pol": "x"}, "providers.sendgrid.ip_pol: "), ({"timeout_seconds": 0}, "providers.sendgrid.timeout_seconds: "),
])
def test_a_setting_that_is_wrong_is_named(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)):
        channel_to("", **given)


@pytest.mark.parametrize("url", ["api.sendgrid.com", "ftp://x.example", "https://me:secret@x.example", "http://x.example:99999"])
def test_an_address_that_is_none_is_named_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^SENDGRID_API_URL is not the address of an API") as error:
        channel_to(url)
    assert "secret" not in str(error.value)


def test_without_a_key_nothing_is_tried() -> None:
    with SendGridStub() as stub, pytest.raises(Transient, match="SENDGRID_API_KEY is not set") as error:
        channel_to(stub, key="").send(items_of("Ann"), now=NOW)
    assert (error.value.code, stub.count) == ("auth", 0)
