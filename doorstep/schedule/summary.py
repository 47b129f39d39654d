"""What a visit is, read off its work orders: the SQL that sums them up.

`weight` orders the statuses (checking.WEIGHTS): the weightiest is the visit's. `rank` is 0 for open work orders, 1 for
those that ended, 2 for those called off; only the work orders of the best rank say what the visit is about. CODES put
rank and value into one number, so that a plain min or max picks the value of the best rank.
"""

from doorstep.schedule.tables import EXTRAS

WEIGHT = ("CASE w.status WHEN 'planned' THEN 4 WHEN 'booked' THEN 5 WHEN 'en_route' THEN 6 WHEN 'refused' THEN 3 "
          "WHEN 'aborted' THEN 2 WHEN 'completed' THEN 1 ELSE 0 END")
RANK = "CASE WHEN s.weight >= 4 THEN 0 WHEN s.weight > 0 THEN 1 ELSE 2 END"
CODES = {
    "first": "s.rank * 10000 + s.window_start",
    "last": "(2 - s.rank) * 10000 + s.window_end",
    "tally": "CASE s.rank WHEN 0 THEN 1 WHEN 1 THEN 0 ELSE 1000000 END",      # open ones, and a million for each called off
    **{name: f"CASE WHEN s.commodity = '{name}' THEN s.rank END" for name in ("electricity", "gas", "water")},
    "why": "(9 - s.weight) || s.outcome",
}
SUMS = """
max(s.weight) AS weight, min(s.rank) AS best, min(s.rank || s.number) AS reference, min(s.first) AS first,
max(s.last) AS last, CAST(sum(s.tally) AS BIGINT) AS tally, count(*) AS n, min(s.electricity) AS electricity, min(s.gas) AS gas,
min(s.water) AS water, min(s.why) AS why, max(s.outcome_at) AS outcome_at, min(s.new_meter) AS new_meter,
max(s.new_meter) AS other_meter
"""
# The columns of a visit, from the sums `x` over its work orders.
SAYS = {
    "status": "CASE x.weight WHEN 6 THEN 'en_route' WHEN 5 THEN 'booked' WHEN 4 THEN 'planned' WHEN 3 THEN 'refused' "
              "WHEN 2 THEN 'aborted' WHEN 1 THEN 'completed' ELSE 'cancelled' END",
    "window_start": "CASE WHEN x.first / 10000 = x.best THEN x.first % 10000 END",
    "window_end": "CASE WHEN 2 - x.last / 10000 = x.best THEN x.last % 10000 END",
    "reference": "substr(x.reference, 2)",
    "meters": "CASE x.best WHEN 0 THEN x.tally % 1000000 WHEN 1 THEN x.n - x.tally / 1000000 ELSE x.n END",
    "commodities": "substr(CASE WHEN x.electricity = x.best THEN ',electricity' ELSE '' END || "
                   "CASE WHEN x.gas = x.best THEN ',gas' ELSE '' END || "
                   "CASE WHEN x.water = x.best THEN ',water' ELSE '' END, 2)",
    "new_meter": "CASE WHEN x.new_meter = x.other_meter THEN x.new_meter END",
    "outcome": "CASE WHEN x.weight IN (0, 2, 3) AND substr(x.why, 1, 1) = CAST(9 - x.weight AS TEXT) "
               "THEN substr(x.why, 2) END",
    "outcome_at": "CASE WHEN x.weight < 4 THEN coalesce(x.outcome_at, :now) END",
}
_BORN = ("rollout", "customer_id", "day", "zone", "attempts", "round", "reopened_at", "version", "since", "changed_at",
         "created_at", "feed_id", "split_from", *SAYS, *EXTRAS)


def coded(source: str, *also: str) -> str:
    """The work orders of a source with their codes; `also` are further columns to keep."""
    kept = ", ".join(("s.weight", "s.rank", "s.outcome_at", *(f"s.{name}" for name in also)))
    return (f"SELECT {kept}, {', '.join(f'{code} AS {name}' for name, code in CODES.items())} "
            f"FROM (SELECT s.*, {RANK} AS rank FROM ({source}) s) s")


def summed(source: str) -> str:
    """The sums of each household and day among the coded work orders of a source."""
    return f"""
SELECT s.customer_id, s.day, min(s.from_visit) AS from_visit, max(s.tries) AS tries, {SUMS},
       {', '.join(f'max(s.{name}) AS {name}' for name in EXTRAS)}
FROM ({source}) s GROUP BY s.customer_id, s.day ORDER BY s.customer_id, s.day"""


def opening(sums: str, *, tries: str) -> str:
    """The statement that opens a visit for each household and day that was summed up."""
    return f"""
INSERT INTO visit ({', '.join(_BORN)})
SELECT :rollout, x.customer_id, x.day, :zone, {tries} + CASE WHEN x.weight = 2 THEN 1 ELSE 0 END, 1, 0, 1, :now, :now,
       :now, :feed, x.from_visit, {', '.join(SAYS.values())}, x.wave, x.contractor, coalesce(x.presence_required, 0),
       x.power_off_minutes, x.duration_minutes
FROM ({sums}) x
"""
