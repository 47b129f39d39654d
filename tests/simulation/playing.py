"""Some days of a made-up rollout without the report at their end, on either database."""

from pathlib import Path

from doorstep.rollout import load_rollout
from doorstep.settings import Settings
from doorstep.simulation.run import Demo, hurried, played
from doorstep.simulation.world import World
from doorstep.store import open_store
from tests.town import LIBRARY


def play(home: Path, url: str, *, visits: int, days: int, seed: int) -> Demo:
    """Feeds, visits that move and fail, staff who learn, customers who answer, choose and stop."""
    settings = Settings(home=home, database_url=url, outbox=home / "outbox")
    world = World(played(load_rollout(settings.config, "northwick")), visits, days, seed)
    demo = Demo(world, settings, hurried(open_store(settings)), LIBRARY, lambda moment: None)
    demo.run()
    return demo
