"""The tables that a measurement looks at, and the statements that fill them as of `:now`.

seen_visit    every visit as it stood, with its premise's wave and language; merged ones too (status 'merged')
seen_tag      wave, language and whether it is over, as one number for each visit: small, so that it stays in memory
seen_version  every version of the visits that changed; `until` is NULL for the one that stands
seen_end      every visit that was made: completed, or aborted and perhaps booked again (one row each time)
seen_message  the notices, but for those withdrawn, counted by kind, channel, wave and language
seen_notice   those of changed visits, those that tell an outcome, those late, missed or failed: one by one
seen_home     one row for each household: when it was told, when it was done
seen_enquiry  what customers asked, raised or reported; `early`: before their meter was fitted
seen_word     what the customers of changed visits heard, in order; `counts_from` is when it became theirs

Heard, for all KPIs: email, text and voice by the provider's delivery event; a letter when it was posted and a call when
it was put on the list, since nobody reports more; and nothing that bounced.
"""

HEARD = """CASE WHEN n.bounced_at <= :now THEN NULL
        WHEN n.channel IN ('post', 'call') THEN CASE WHEN n.accepted_at <= :now THEN n.accepted_at END
        WHEN n.delivered_at <= :now THEN n.delivered_at END"""

# An event proves that an attempt of unknown outcome was sent after all.
_SENT_AT = "COALESCE(n.accepted_at, n.delivered_at, n.bounced_at)"

HOW = f"""CASE WHEN {_SENT_AT} <= :now THEN 'sent'
        WHEN n.closed_at <= :now AND n.state IN ('missed', 'failed') THEN n.state
        WHEN n.attempted_at <= :now AND n.state IN ('attempting', 'unknown') THEN 'unknown'
        ELSE 'open' END"""

TABLES = {
    "seen_offset": "zone TEXT, from_at BIGINT, to_at BIGINT, seconds BIGINT",
    "seen_day": "zone TEXT, day TEXT, number BIGINT, starts_at BIGINT, PRIMARY KEY (zone, day)",
    "seen_wave": "code INTEGER PRIMARY KEY, wave TEXT UNIQUE",
    "seen_language": "code INTEGER PRIMARY KEY, language TEXT UNIQUE",
    "seen_kind": """code INTEGER PRIMARY KEY, notice TEXT UNIQUE, phase TEXT, duty BIGINT, pre BIGINT, event TEXT,
        closing BIGINT""",
    "seen_visit": """id INTEGER PRIMARY KEY, customer_id BIGINT, wave TEXT, language TEXT, cell BIGINT, zone TEXT, day TEXT,
        starts_at BIGINT, window_start BIGINT, window_end BIGINT, status TEXT, attempts BIGINT, outcome TEXT,
        ended_at BIGINT, version BIGINT, since BIGINT, created_at BIGINT, changed BIGINT, ours BIGINT,
        appointment BIGINT, duration BIGINT, split_from BIGINT, merged_into BIGINT""",
    "seen_tag": "id INTEGER PRIMARY KEY, bits BIGINT",
    "seen_changed": "id INTEGER PRIMARY KEY",
    "seen_version": """visit_id BIGINT, version BIGINT, day TEXT, window_start BIGINT, window_end BIGINT, status TEXT,
        outcome TEXT, ended_at BIGINT, since BIGINT, until BIGINT, change TEXT""",
    "seen_end": """visit_id BIGINT, customer_id BIGINT, wave TEXT, language TEXT, zone TEXT, day TEXT, window_start BIGINT,
        window_end BIGINT, status TEXT, outcome TEXT, ended_at BIGINT, attempts BIGINT, appointment BIGINT,
        duration BIGINT, created_at BIGINT, ours BIGINT""",
    "seen_told": "customer_id INTEGER PRIMARY KEY, pre_at BIGINT, heard_at BIGINT, after_at BIGINT, first_day TEXT",
    "seen_notice": """id BIGINT, visit_id BIGINT, kind BIGINT, told_day TEXT, told_start BIGINT,
        told_end BIGINT, until_at BIGINT, created_at BIGINT, heard_at BIGINT, closed_at BIGINT, how TEXT, why TEXT""",
    "seen_home": """customer_id INTEGER PRIMARY KEY, wave TEXT, language TEXT, zone TEXT, done_at BIGINT, ours BIGINT,
        eligible BIGINT, refused BIGINT, pre_at BIGINT, heard_at BIGINT, after_at BIGINT, first_day TEXT""",
    "seen_message": """notice TEXT, phase TEXT, duty BIGINT, channel TEXT, wave TEXT, language TEXT, ended BIGINT,
        sent BIGINT, answered BIGINT, delivered BIGINT, bounced BIGINT, own BIGINT, judged BIGINT, on_time BIGINT,
        parts BIGINT""",
    "seen_enquiry": """kind TEXT, topic TEXT, wave TEXT, language TEXT, channel TEXT, early BIGINT, opened_at BIGINT,
        due_at BIGINT, answered_at BIGINT, closed_at BIGINT, satisfied BIGINT""",
    "seen_word": """visit_id BIGINT, id BIGINT, day TEXT, window_start BIGINT, window_end BIGINT, closing BIGINT,
        heard_at BIGINT, counts_from BIGINT""",
}

# When a visit ended: as the field reported it, else at noon of its day, but not later than when we learned of it.
_ENDED = """CASE WHEN {t}.status IN ('completed', 'aborted') THEN COALESCE({t}.outcome_at,
            CASE WHEN d.starts_at + 43200 < {t}.since THEN d.starts_at + 43200 ELSE {t}.since END)
        WHEN {t}.status IN ('cancelled', 'refused', 'merged') THEN COALESCE({t}.outcome_at, {t}.since) END"""

# What the first feed of a rollout shows as over happened before us: nobody could have been told by us.
_OURS = """CASE WHEN {t}.version > 1 OR {t}.status IN ('planned', 'booked', 'en_route') OR v.feed_id <> COALESCE((
            SELECT MIN(f.id) FROM feed f WHERE f.rollout = :rollout AND f.state IN ('taken', 'accepted')), 0)
        THEN 1 ELSE 0 END"""

# A visit whose promise may differ from its date: it has earlier versions, or shares another visit's messages.
_CHANGED = """CASE WHEN {t}.version > 1 OR v.split_from IS NOT NULL
            OR v.id IN (SELECT m.merged_into FROM visit m WHERE m.rollout = :rollout AND m.merged_into IS NOT NULL)
            OR v.id IN (SELECT s.split_from FROM visit s WHERE s.rollout = :rollout AND s.split_from IS NOT NULL)
        THEN 1 ELSE 0 END"""

_VISIT = """INSERT INTO seen_visit
    SELECT v.id, v.customer_id, v.wave, c.language, COALESCE(w.code, 0) * 1000 + l.code, v.zone, {t}.day, d.starts_at,
        {t}.window_start, {t}.window_end, {t}.status, {t}.attempts, {t}.outcome, {ended}, {t}.version, {t}.since,
        v.created_at, {changed}, {ours},
        CASE WHEN v.presence_required = 1 OR {t}.window_end - {t}.window_start BETWEEN 1 AND 360 THEN 1 ELSE 0 END,
        COALESCE(v.duration_minutes, :duration), v.split_from, v.merged_into
    FROM {source}
    JOIN customer c ON c.id = v.customer_id
    LEFT JOIN seen_language l ON l.language = c.language
    LEFT JOIN seen_wave w ON w.wave = v.wave
    LEFT JOIN seen_day d ON d.zone = v.zone AND d.day = {t}.day
    WHERE {t}.rollout = :rollout AND {t}.since <= :now {more}"""


def _visit(t: str, source: str, more: str = "") -> str:
    return _VISIT.format(t=t, source=source, more=more, ended=_ENDED.format(t=t), ours=_OURS.format(t=t),
                         changed=_CHANGED.format(t=t))


_VISITS = (
    _visit("v", "visit v"),
    _visit("p", "visitpast p JOIN visit v ON v.id = p.visit_id", "AND p.until > :now AND v.since > :now"),
    """INSERT INTO seen_tag
        SELECT id, cell * 2 + CASE WHEN status IN ('planned', 'booked', 'en_route') THEN 0 ELSE 1 END FROM seen_visit""",
    "INSERT INTO seen_changed SELECT id FROM seen_visit WHERE changed = 1",
    "ANALYZE seen_day, seen_visit, seen_tag, seen_changed",
    f"""INSERT INTO seen_version
        SELECT p.visit_id, p.version, p.day, p.window_start, p.window_end, p.status, p.outcome, {_ENDED.format(t='p')},
            p.since, p.until, p.change
        FROM visitpast p JOIN visit v ON v.id = p.visit_id LEFT JOIN seen_day d ON d.zone = v.zone AND d.day = p.day
        WHERE p.rollout = :rollout AND p.until <= :now""",
    """INSERT INTO seen_version
        SELECT id, version, day, window_start, window_end, status, outcome, ended_at, since, NULL, NULL
        FROM seen_visit WHERE changed = 1""",
    "CREATE INDEX seen_version_of ON seen_version (visit_id, version)",
    """INSERT INTO seen_end
        SELECT id, customer_id, wave, language, zone, day, window_start, window_end, status, outcome, ended_at, attempts,
            appointment, duration, created_at, ours
        FROM seen_visit WHERE status IN ('completed', 'aborted')""",
    # DISTINCT: an aborted visit that then changed in passing has two versions but ended once.
    """INSERT INTO seen_end
        SELECT DISTINCT v.id, v.customer_id, v.wave, v.language, v.zone, p.day, p.window_start, p.window_end, p.status,
            p.outcome, p.ended_at, 0, v.appointment, v.duration, v.created_at, v.ours
        FROM seen_version p JOIN seen_visit v ON v.id = p.visit_id
        WHERE p.until IS NOT NULL AND p.status IN ('completed', 'aborted')
            AND NOT (v.status = p.status AND v.ended_at = p.ended_at)""",
    "CREATE INDEX seen_end_of ON seen_end (visit_id)",
    "CREATE INDEX seen_end_at ON seen_end (customer_id)",
    "ANALYZE seen_version, seen_end",
)

# The notices there are: those born by now, but for those withdrawn. CROSS JOIN keeps the order on SQLite: one walk through
# the notices, the rest looked up in small tables.
_NOTICE = "notice n LEFT JOIN seen_kind k ON k.notice = n.notice"
_BORN = """n.rollout = :rollout AND n.created_at <= :now AND NOT (n.state = 'void' AND COALESCE(n.closed_at, 0) <= :now)"""
_KIND = """COALESCE(k.code, CASE n.phase WHEN 'before' THEN 1 WHEN 'during' THEN 3 ELSE 5 END
            + CASE n.purpose WHEN 'duty' THEN 1 ELSE 0 END)"""

# Keeps SQLite from sorting whole notices instead of the few numbers asked for.
NARROW = "LIMIT 9223372036854775807"

_NOTICES = (
    f"""INSERT INTO seen_message
    SELECT k.notice, k.phase, k.duty, t.channel, w.wave, l.language, t.bits % 2, t.sent, t.answered, t.delivered, t.bounced,
        t.own, t.judged, t.on_time, t.parts
    FROM (SELECT bin % 1000000000 AS bits, bin / 8000000000 AS kind, CASE bin / 1000000000 % 8 WHEN 1 THEN 'email'
                WHEN 2 THEN 'sms' WHEN 3 THEN 'post' WHEN 4 THEN 'voice' WHEN 5 THEN 'call' END AS channel,
            SUM(sent) AS sent, SUM(CASE WHEN heard + bounced + old > 0 THEN 1 ELSE 0 END) AS answered,
            SUM(heard) AS delivered, SUM(bounced) AS bounced, SUM(sent * own) AS own,
            SUM(CASE WHEN sent + past > 0 THEN 1 ELSE 0 END) AS judged, SUM(sent * useful) AS on_time,
            SUM(sent * parts) AS parts
        FROM (SELECT ({_KIND} * 8 + CASE n.channel WHEN 'email' THEN 1 WHEN 'sms' THEN 2 WHEN 'post' THEN 3
                    WHEN 'voice' THEN 4 WHEN 'call' THEN 5 ELSE 0 END) * 1000000000 + v.bits AS bin,
                CASE WHEN {_SENT_AT} <= :now THEN 1 ELSE 0 END AS sent,
                CASE WHEN {_SENT_AT} <= :now - 86400 THEN 1 ELSE 0 END AS old,
                CASE WHEN {_SENT_AT} <= n.until_at THEN 1 ELSE 0 END AS useful,
                CASE WHEN {HEARD} IS NOT NULL THEN 1 ELSE 0 END AS heard,
                CASE WHEN n.bounced_at <= :now THEN 1 ELSE 0 END AS bounced,
                CASE WHEN n.until_at <= :now OR n.closed_at <= :now THEN 1 ELSE 0 END AS past,
                CASE WHEN l.code = v.bits / 2 % 1000 THEN 1 ELSE 0 END AS own, COALESCE(n.parts, 1) AS parts
            FROM notice n CROSS JOIN seen_tag v LEFT JOIN seen_kind k ON k.notice = n.notice
            LEFT JOIN seen_language l ON l.language = n.language
            WHERE v.id = n.visit_id AND {_BORN} {NARROW}) x GROUP BY bin) t
    JOIN seen_kind k ON k.code = t.kind
    LEFT JOIN seen_wave w ON w.code = t.bits / 2000
    LEFT JOIN seen_language l ON l.code = t.bits / 2 % 1000""",
    f"""INSERT INTO seen_told
    SELECT customer_id, MIN(CASE WHEN pre = 1 THEN heard_at END), MIN(heard_at),
        MIN(CASE WHEN phase = 'after' THEN heard_at END), MIN(day)
    FROM (SELECT n.customer_id, k.pre, k.phase, {HEARD} AS heard_at, CASE WHEN k.closing = 0 THEN n.told_day END AS day
        FROM {_NOTICE} WHERE {_BORN} AND {HEARD} IS NOT NULL {NARROW}) x GROUP BY customer_id""",
    f"""INSERT INTO seen_notice
    SELECT n.id, n.visit_id, {_KIND}, n.told_day, n.told_start, n.told_end, n.until_at, n.created_at, {HEARD}, n.closed_at,
        {HOW}, n.why
    FROM {_NOTICE}
    WHERE {_BORN} AND (k.closing = 1 OR {HOW} IN ('missed', 'failed', 'unknown')
        OR (k.pre = 1 AND COALESCE({HEARD}, :now + 1) > n.until_at) OR n.visit_id IN (SELECT id FROM seen_changed))""",
    "CREATE INDEX seen_notice_of ON seen_notice (visit_id)",
    "ANALYZE seen_told, seen_notice",
    """INSERT INTO seen_home
    SELECT v.customer_id, v.wave, v.language, v.zone, v.done_at, v.ours, v.eligible, v.refused, h.pre_at, h.heard_at,
        h.after_at, h.first_day
    FROM (SELECT customer_id, MIN(wave) AS wave, MIN(language) AS language, MIN(zone) AS zone,
            MIN(CASE WHEN status = 'completed' THEN ended_at END) AS done_at, MAX(ours) AS ours,
            MAX(CASE WHEN status <> 'cancelled' THEN 1 ELSE 0 END) AS eligible,
            MAX(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused
        FROM seen_visit WHERE status <> 'merged' GROUP BY customer_id) v
    LEFT JOIN seen_told h ON h.customer_id = v.customer_id""",
    "ANALYZE seen_home",
)

_WORDS = (
    """INSERT INTO seen_word
    SELECT n.visit_id, n.id, n.told_day, n.told_start, n.told_end, k.closing, n.heard_at, 0
    FROM seen_notice n CROSS JOIN seen_kind k
    WHERE k.code = n.kind AND n.visit_id IN (SELECT id FROM seen_changed) AND n.heard_at IS NOT NULL
        AND (n.told_day IS NOT NULL OR k.closing = 1)""",
    "CREATE INDEX seen_word_of ON seen_word (visit_id, heard_at)",
    # A visit split off inherits what its household had heard by then; one that takes in another, from then on.
    """INSERT INTO seen_word
    SELECT v.id, w.id, w.day, w.window_start, w.window_end, w.closing, w.heard_at, v.created_at
    FROM seen_visit v CROSS JOIN seen_word w
    WHERE v.split_from IS NOT NULL AND w.visit_id = v.split_from AND w.heard_at <= v.created_at""",
    """INSERT INTO seen_word
    SELECT v.merged_into, w.id, w.day, w.window_start, w.window_end, w.closing, w.heard_at, v.since
    FROM seen_visit v CROSS JOIN seen_word w
    WHERE v.status = 'merged' AND v.merged_into IS NOT NULL AND w.visit_id = v.id""",
    "ANALYZE seen_word",
)

# One walk through all that was asked. Who asked is not always known, and then nor is the wave.
_ENQUIRIES = (
    """INSERT INTO seen_enquiry
    SELECT e.kind, e.topic, h.wave, e.language, e.channel, CASE WHEN h.done_at <= e.opened_at THEN 0 ELSE 1 END, e.opened_at,
        e.due_at, CASE WHEN e.answered_at <= :now THEN e.answered_at END, CASE WHEN e.closed_at <= :now THEN e.closed_at END,
        CASE WHEN e.closed_at <= :now THEN e.satisfied END
    FROM enquiry e LEFT JOIN seen_home h ON h.customer_id = e.customer_id
    WHERE e.rollout = :rollout AND e.opened_at <= :now""",
    "ANALYZE seen_enquiry",
)

STATEMENTS = (*_VISITS, *_NOTICES, *_ENQUIRIES, *_WORDS)
