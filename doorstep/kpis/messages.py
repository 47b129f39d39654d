"""The messages themselves: did they go out in time, in the right language, and did they arrive?

Window: the whole rollout up to the moment asked for, all phases unless the KPI names one. Cuts: the visit's wave, the
language the customer asked for, the channel that was used.
"""

from doorstep.kpis.frame import Ask, kpi
from doorstep.kpis.sight import Sight, Tally

WHO = ("wave", "language")
HOW = ("wave", "language", "channel")


def _counted(sight: Sight, numerator: str, denominator: str, where: str) -> list[Tally]:
    return sight.tallies(f"""SELECT wave, language, channel, SUM({numerator}) AS numerator,
        SUM({denominator}) AS denominator FROM seen_message WHERE {where} GROUP BY wave, language, channel""")


@kpi("B6", cuts=WHO)
def email_delivery(sight: Sight) -> list[Tally]:
    """Emails that arrived, of those sent. One sent within the last day counts once its outcome is known."""
    return _counted(sight, "delivered", "answered", "channel = 'email'")


@kpi("B7", cuts=WHO)
def hard_bounces(sight: Sight) -> list[Tally]:
    """Emails that came back for good, of those sent. One sent within the last day counts once its outcome is known."""
    return _counted(sight, "bounced", "answered", "channel = 'email'")


@kpi("B9", cuts=WHO)
def text_delivery(sight: Sight) -> list[Tally]:
    """Text messages that arrived, of those sent. One sent within the last day counts once its outcome is known."""
    return _counted(sight, "delivered", "answered", "channel = 'sms'")


@kpi("B8", cuts=WHO)
def complaints(sight: Sight) -> list[Tally]:
    """Emails that their reader called spam, of those delivered.

    Source: `complained` events of the journal, one for each message. Mailbox providers look at this by the day.
    """
    said = sight.tallies("""SELECT v.wave, v.language, COUNT(DISTINCT n.id) AS numerator, 0 AS denominator
        FROM journal j JOIN notice n ON n.id = j.notice_id JOIN seen_visit v ON v.id = n.visit_id
        WHERE j.rollout = :rollout AND j.kind = 'complained' AND j.at <= :now AND n.channel = 'email'
        GROUP BY v.wave, v.language""")
    return said + _counted(sight, "0", "delivered", "channel = 'email'")


@kpi("B10", cuts=HOW)
def unsubscribes(sight: Sight) -> list[Tally]:
    """Customers who said stop to emails or texts, of the emails and texts delivered.

    Source: `stopped` events of the journal; a customer who stops twice on one channel counts once. One without the
    message that set it off has no channel.
    """
    said = sight.tallies("""SELECT h.wave, h.language, n.channel, COUNT(DISTINCT h.customer_id) AS numerator,
            0 AS denominator
        FROM journal j LEFT JOIN notice n ON n.id = j.notice_id
        JOIN seen_home h ON h.customer_id = COALESCE(j.customer_id, n.customer_id)
        WHERE j.rollout = :rollout AND j.kind = 'stopped' AND j.at <= :now
        GROUP BY h.wave, h.language, n.channel""")
    return said + _counted(sight, "0", "delivered", "channel IN ('email', 'sms')")


@kpi("X1", cuts=HOW)
def own_language(sight: Sight) -> list[Tally]:
    """Messages sent in the very language the customer asked for, of all messages sent."""
    return _counted(sight, "own", "sent", "sent > 0")


def _on_time(phase: str) -> Ask:
    def told_on_time(sight: Sight) -> list[Tally]:
        """Messages of this phase that went out while still useful, of those owed by now.

        Owed: sent, missed, failed, or past its end of usefulness; one that was rightly withdrawn is not.
        """
        return _counted(sight, "on_time", "judged", f"phase = '{phase}' AND judged > 0")
    return told_on_time


for _phase in ("before", "during", "after"):
    kpi(f"X2-{_phase}", cuts=WHO)(_on_time(_phase))
