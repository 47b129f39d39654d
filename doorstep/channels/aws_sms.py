"""Text messages through AWS End User Messaging: one request each, by the sender of the customer's country."""

from typing import Any, Literal

from pydantic import Field

from doorstep.channels import Channel, Item, configured
from doorstep.channels._aws import Ready
from doorstep.channels._aws_phone import PRICE, PhoneAccess, PhoneChannel
from doorstep.errors import Permanent
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.sms import parts

MOST_LETTERS = 1600


class Config(PhoneAccess):
    """`[providers.aws_sms]` of a rollout file."""

    message_type: Literal["TRANSACTIONAL", "PROMOTIONAL"] = "TRANSACTIONAL"
    max_price: str = Field(default="", pattern=PRICE, description='US dollars that a message may cost, as in "0.25"')


class AwsSms(PhoneChannel):
    """The sms channel."""

    provider = "aws_sms"
    kind = "sms"
    operation = "send_text_message"

    def __init__(self, rollout: Rollout, config: Config) -> None:
        super().__init__(rollout, config)
        self._fixed["MessageType"] = config.message_type
        if config.max_price:
            self._fixed["MaxPrice"] = config.max_price

    def prepare(self, item: Item, now: int) -> Ready:
        """The request of one text message."""
        request: dict[str, Any] = self.common(item, now)
        text = item.skeleton.fill(item.texts).text
        if not text.strip() or len(text) > MOST_LETTERS:
            raise Permanent("content")
        return Ready(item, request | {"MessageBody": text}, parts=parts(text))


def open_channels(rollout: Rollout, settings: Settings) -> dict[str, Channel]:
    """The contract's entry: texts, with keys from AWS's own variables; in rehearsal Amazon only checks them."""
    return {"sms": AwsSms(rollout, configured(rollout, "aws_sms", Config))}
