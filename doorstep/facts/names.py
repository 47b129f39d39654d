"""The only names that words may use, and what each stands for."""

from doorstep.rollout.shape import OUTCOMES
from doorstep.rollout.talk_shape import TOPICS

# Texts, already written in the notice's language: they may stand in {{ }}.
TEXTS: dict[str, str] = {
    "customer.name": "the customer's name",
    "customer.address": "the premise, one short line",
    "visit.day": "the day of the visit",
    "visit.window": "the time of the visit",
    "visit.reference": "the work order number",
    "visit.meters": "what is replaced: electricity meter, electricity and gas meters",
    "visit.duration_minutes": "how long the visit takes, a number",
    "visit.power_off_minutes": "how long the power is off, a number",
    "visit.old_day": "the day we told before",
    "visit.old_window": "the time we told before",
    "visit.done_day": "the day it was completed or tried",
    "visit.new_meter": "the new meter's serial number",
    "visit.attempts": "how often we have tried, a number",
    "visit.link": "the address of the customer's own page",
    "concern.question": "what they asked, as our answers put it",
    "concern.short": "the answer in one line",
    "concern.answer": "the answer in one paragraph",
    "concern.source": "where the answer comes from",
    "utility.name": "the utility's name",
    "utility.short_name": "its name in text messages",
    "utility.phone": "its phone number",
    "utility.website": "its website",
    "utility.address": "its postal address",
    "utility.sms_number": "the number that takes text messages",
    "installer.name": "the firm that comes",
    "rollout.refusal_fee": "the charge for refusing, with currency",
    "rollout.compensation": "what we pay for a failed appointment, with currency",
}

# The same for every customer of a rollout: rendered into the words, never a gap.
CONSTANTS = tuple(name for name in TEXTS if name.split(".")[0] in ("utility", "installer", "rollout"))

# Texts that come from outside as they are, in any script; the others are ours, in the notice's language.
FOREIGN = frozenset({"customer.name", "customer.address", "visit.reference", "visit.new_meter", "concern.answer",
                     "concern.short", "concern.source"})

# Switches: they may stand only in {% if %}.
SWITCHES: dict[str, str] = {
    "visit.window_known": "we know the time",
    "visit.power_off": "the power goes off",
    "visit.presence_required": "someone must be in",
    "visit.two_meters": "more than one meter is replaced",
    "visit.gas": "a gas meter is replaced",
    "visit.electricity": "an electricity meter is replaced",
    "visit.changed": "we told another day or time before",
    "visit.day_moved": "the day changed, not only the time",
    "visit.new_meter_known": "the new meter's number is known",
    "visit.booked": "the customer has an appointment",
    "visit.outcome": "why it was not done",
    "visit.link_known": "the message carries the address of the customer's own page",
    "concern.topic": "what the concern or the rumour is about",
    "concern.brief": "the answer fits into a text message",
    "concern.by_person": "a person answered, and not we from what is written",
    "concern.sourced": "we can say where the answer comes from",
    "customer.named": "we know the customer's name",
    "customer.vulnerable": "the customer needs more care",
    "customer.life_support": "someone depends on power for life",
    "customer.landlord": "the customer lets the premise",
    "customer.prepaid": "the customer pays before use",
    "customer.business": "the premise is a business",
    "rollout.refusal_allowed": "a customer may refuse",
    "rollout.refusal_fee_due": "refusing costs money",
    "rollout.compensation_due": "we pay for a failed appointment",
    "rollout.prepaid": "the rollout's meters are prepaid",
    "rollout.replies": "text messages can be answered",
}

# Switches that are one of a set, not true or false: compared with ==.
SETS: dict[str, tuple[str, ...]] = {"visit.outcome": (*OUTCOMES, "none"), "concern.topic": (*TOPICS, "none")}
