"""Amazon SNS over HTTPS: only SNS is believed, only about our topics, and its certificate is fetched once."""

import base64
from typing import Any

import orjson
import pytest

from doorstep.errors import Transient
from doorstep.inbox.sns import Certificates, fetch_certificate, is_certificate_url, is_signed
from tests.inbox.signing import CERTIFICATE, NOW, TOPIC, SnsSigner, sns
from tests.stubs.server import Reply, Seen, Stub

HOST, PEM = "sns.eu-west-2.amazonaws.com", "/SimpleNotificationService-" + "0123456789abcdef" * 2 + ".pem"


def believed(message: dict[str, Any], *, now: int = NOW, topics: str = f"arn:other, {TOPIC}",
             by: SnsSigner | None = None) -> bool:
    return is_signed(message, topics=topics, certificates=Certificates((by or sns()).fetch), now=now)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("changes", [{}, {"Subject": "Event"}, {"Subject": "Zoë\nX", "Message": "{}\n"}])
def test_what_sns_signed_is_believed_in_both_versions(version: str, changes: dict[str, Any]) -> None:
    assert believed(sns().notification({"a": 1}, version=version, **changes))


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_subscription_is_signed_over_its_token_and_address(kind: str) -> None:
    said = sns().notification("please", Type=kind, Token="t" * 64, SubscribeURL="https://sns.eu-west-2.amazonaws.com/?Action=C")
    assert believed(said)
    assert not believed(said | {"Token": "u" * 64}) and not believed(said | {"SubscribeURL": "https://evil.example/"})


GOOD = sns().notification({"eventType": "Delivery"})


@pytest.mark.parametrize("change", [
    {"Message": "{}"}, {"MessageId": "other"}, {"Subject": "new"}, {"Type": "SubscriptionConfirmation"}, {"Type": "Else"},
    {"Type": None}, {"Type": ["Notification"]}, {"TopicArn": TOPIC + "2"}, {"TopicArn": None}, {"TopicArn": [TOPIC]},
    {"SignatureVersion": "2"}, {"SignatureVersion": "3"}, {"SignatureVersion": 1}, {"SignatureVersion": None},
    {"Signature": ""}, {"Signature": "no base64!"}, {"Signature": None}, {"Signature": base64.b64encode(b"x" * 256).decode()},
    {"Signature": GOOD["Signature"][:-8] + "AAAAAAA="}, {"Message": None}, {"Message": 7}, {"Message": "\ud800"},
    {"Timestamp": "2027-01-15"}, {"Timestamp": "soon"}, {"Timestamp": None}, {"SigningCertURL": None},
    {"SigningCertURL": "https://evil.example/a.pem"},
    {"SigningCertURL": CERTIFICATE.replace("eu-west-2", "eu-west-1")},       # real, but of another region than the topic's
])
def test_a_bent_message_is_not_believed(change: dict[str, Any]) -> None:
    assert believed(GOOD)
    assert not believed(GOOD | change)


@pytest.mark.parametrize(("age", "said"), [(0, True), (3599, True), (3601, False), (-299, True), (-301, False)])
def test_an_old_message_is_not_believed_again(age: int, said: bool) -> None:
    assert believed(sns().notification("x", at=NOW - age)) is said


@pytest.mark.parametrize("topics", ["", "arn:aws:sns:eu-west-2:123456789012:event", TOPIC + "s", TOPIC.replace(":events", ":*")])
def test_only_our_own_topics_are_heard(topics: str) -> None:
    assert not believed(GOOD, topics=topics)


def test_a_topic_that_is_listed_but_is_no_topic_brings_no_certificate() -> None:
    assert not believed(sns().notification("x", TopicArn="events"), topics="events")


@pytest.mark.parametrize("signer", [SnsSigner(bits=1024), SnsSigner(ends=NOW - 1), SnsSigner(begins=NOW + 1)],
                         ids=["short key", "run out", "not begun"])
def test_a_certificate_must_be_strong_and_of_today(signer: SnsSigner) -> None:
    assert not believed(signer.notification("x"), by=signer)


def test_another_ones_certificate_does_not_fit() -> None:
    other = SnsSigner()
    assert not believed(GOOD, by=other)
    other.pem = b"no certificate"
    assert not believed(GOOD, by=other)


@pytest.mark.parametrize(("url", "said"), [
    (f"https://{HOST}{PEM}", True), (f"https://{HOST}:443{PEM}", True), (f"https://sns.cn-north-1.amazonaws.com.cn{PEM}", True),
    (f"https://{HOST}.evil.com{PEM}", False), (f"https://user@{HOST}{PEM}", False), (f"https://user:p@{HOST}{PEM}", False),
    (f"http://{HOST}{PEM}", False), (f"https://{HOST}:8443{PEM}", False), (f"https://bucket.s3.amazonaws.com{PEM}", False),
    (f"https://sns.amazonaws.com.evil.com{PEM}", False), (f"https://evil.com/{HOST}{PEM}", False),
    (f"https://@{HOST}{PEM}", False),
    (f"https://{HOST}/../x.pem", False), (f"https://{HOST}{PEM}?a=b", False), (f"https://{HOST}{PEM}#a", False),
    (f"https://{HOST}{PEM[:-1]}", False), (f"https://{HOST}/a{PEM}", False), (f"https://{HOST}:x{PEM}", False),
    (f"https://{HOST}\\@evil.com{PEM}", False), (f"https://{HOST}{PEM}\n", False),
    (f"https://ѕns.eu-west-2.amazonaws.com{PEM}", False),
    (f"file://{HOST}{PEM}", False), (f"https://sns.x.y.amazonaws.com{PEM}", False), ("", False), ("https://[", False)])
def test_certificates_come_from_sns_and_from_nowhere_else(url: str, said: bool) -> None:
    assert is_certificate_url(url) is said


def test_a_certificate_is_fetched_once_and_for_nothing_that_is_refused_anyway() -> None:
    signer = SnsSigner()
    known = Certificates(signer.fetch)
    for number in range(3):
        assert is_signed(signer.notification("x", MessageId=str(number)), topics=TOPIC, certificates=known, now=NOW)
    assert signer.asked == [CERTIFICATE]
    for change in ({"TopicArn": "x"}, {"Timestamp": "x"}, {"SigningCertURL": "https://evil.example/a.pem"}, {"Signature": "?"}):
        assert not is_signed(GOOD | change, topics=TOPIC, certificates=Certificates(signer.fetch), now=NOW)
    assert signer.asked == [CERTIFICATE]


class Web(Stub):
    """Brings what it is told to."""

    reply = Reply(200, {}, b"certificate")

    def answer(self, seen: Seen) -> Reply:
        return self.reply


@pytest.mark.parametrize(("reply", "said"), [
    (Reply(302, {"Location": "http://127.0.0.1:1/"}), "HTTP 302"), (Reply(404), "HTTP 404"), (Reply(500), "HTTP 500"),
    (Reply(200, {}, b"x" * 40_000), "too large")])
def test_a_certificate_that_cannot_be_had_is_no_verdict(reply: Reply, said: str) -> None:
    with Web() as web:
        assert fetch_certificate(web.url) == b"certificate"
        web.reply = reply
        with pytest.raises(Transient, match=said):
            fetch_certificate(web.url)
        assert [seen.path for seen in web.requests] == ["/", "/"]
    with pytest.raises(Transient, match="cannot be had"):
        fetch_certificate(web_that_is_gone(web))


def web_that_is_gone(web: Web) -> str:
    return f"http://127.0.0.1:{web._port}"


def test_the_string_to_sign_is_that_of_amazons_documentation() -> None:
    said = orjson.loads(orjson.dumps(GOOD))
    from doorstep.inbox.sns import string_to_sign

    assert string_to_sign(said | {"Subject": "My First Message"}) == (
        f"Message\n{said['Message']}\nMessageId\n{said['MessageId']}\nSubject\nMy First Message\nTimestamp\n{said['Timestamp']}\n"
        f"TopicArn\n{TOPIC}\nType\nNotification\n").encode()
