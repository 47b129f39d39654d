"""A message leads to the customer's own page where it can be reached and there is room for its address."""

import re

from doorstep.links import Links
from tests.making import at
from tests.town import Town


def test_a_message_carries_the_customers_own_page_where_customers_can_reach_it(town: Town) -> None:
    visits = {channel: town.world.visit("2027-03-09", prefers=channel) for channel in ("sms", "email", "post")}
    town.links = Links(["key"], "https://meters.example")
    town.night("2027-02-22 09:00")
    for channel in ("sms", "email"):
        token = re.search(r"https://meters\.example/v/([\w-]{23})", town.said(channel)[-1])
        assert token and town.links.visited(token[1], at("2027-03-16 10:00", town.world.rollout)) == (visits[channel], True)
    assert town.said("post") and "meters.example" not in "".join(town.said("post"))


def test_a_text_message_that_the_address_makes_too_long_goes_out_without_it(town: Town) -> None:
    town.world.visit("2027-03-09", prefers="sms", status="booked")
    town.links = Links(["key"], f"https://{'meters.' * 20}example")
    town.night("2027-03-06 09:00")
    row = town.one(notice="confirm-visit")
    assert (row.channel, row.parts) == ("sms", 2) and "https" not in town.said("sms")[-1]
