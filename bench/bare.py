"""The limits of handing over to providers: the bare client in a loop, to the same stand-in on the same machine."""

import time
from pathlib import Path
from typing import Any

import boto3
import orjson
import typst
import urllib3
from botocore.config import Config

from bench.limits import loop
from bench.standing import standing_in
from tests.stubs.sendgrid import KEY

WORDS = "We will fit your new smart meter. Your electricity and gas will be off for a short while. " * 12
TEXT = "Smart meter visit Tuesday 2 March 2027, 8 am to 12 noon. Reply 1 to confirm, 2 to change. Northwick"


def sendgrid(folder: Path, notices: int) -> tuple[float, int]:
    """The bare sqlite3 loop with a POST of a ready-made body for each thousand."""
    slots = ("-name-", "-address-", "-day-", "-window-", "-reference-")
    body = orjson.dumps({
        "personalizations": [{"to": [{"email": f"cust{n}@example.net"}], "custom_args": {"doorstep": f"{n}.1"},
                              "substitutions": dict.fromkeys(slots, f"12 Kathleen Forest {n}")} for n in range(1000)],
        "from": {"email": "meters@northwick.example", "name": "Northwick Energy"}, "subject": "Your visit on -day-",
        "content": [{"type": f"text/{kind}", "value": WORDS + " ".join(slots)} for kind in ("plain", "html")]})
    with standing_in("sendgrid") as url:
        pool = urllib3.PoolManager(retries=False)

        def post() -> None:
            answer = pool.request("POST", f"{url}/v3/mail/send", body=body, timeout=30, headers={
                "Authorization": f"Bearer {KEY}", "Content-Type": "application/json"})
            assert answer.status == 202, answer.data

        return loop(folder, notices, post)


def _client(service: str, url: str) -> Any:
    return boto3.client(service, endpoint_url=url, region_name="eu-west-2", aws_access_key_id="bench",
                        aws_secret_access_key="bench", config=Config(retries={"total_max_attempts": 1}))


def ses(folder: Path, notices: int) -> tuple[float, int]:
    """boto3's send_bulk_email in a loop, fifty the same each time."""
    entry = {"Destination": {"ToAddresses": ["cust@example.net"]},
             "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": '{"day":"2 March","name":"Ms H"}'}},
             "ReplacementTags": [{"Name": "doorstep", "Value": "1-1"}]}
    content = {"Template": {"TemplateContent": {"Subject": "Your visit on {{day}}", "Text": WORDS, "Html": WORDS},
                            "TemplateData": "{}"}}
    with standing_in("aws") as url:
        client = _client("sesv2", url)
        began = time.perf_counter()
        for _ in range(notices // 50):
            client.send_bulk_email(FromEmailAddress="meters@northwick.example", DefaultContent=content,
                                   BulkEmailEntries=[entry] * 50)
        return time.perf_counter() - began, notices


def texts(folder: Path, notices: int) -> tuple[float, int]:
    """boto3's send_text_message in a loop."""
    with standing_in("aws") as url:
        client = _client("pinpoint-sms-voice-v2", url)
        began = time.perf_counter()
        for number in range(notices):
            client.send_text_message(DestinationPhoneNumber=f"+447400{number:06d}", MessageBody=TEXT,
                                     OriginationIdentity="+447400000000", Context={"doorstep": f"{number}.1"})
        return time.perf_counter() - began, notices


def letters(folder: Path, notices: int) -> tuple[float, int]:
    """typst setting plain pages of as many words, five hundred a file."""
    page = b"#for n in range(500) [ = Letter #n \n " + WORDS.encode() + b" #pagebreak(weak: true) ]"
    compiler = typst.Compiler()
    began = time.perf_counter()
    for batch in range(notices // 500):
        compiler.compile(input=page + str(batch).encode(), format="pdf")
    return time.perf_counter() - began, notices
