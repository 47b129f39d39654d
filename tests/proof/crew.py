"""Senders at work side by side: killed at random moments and replaced at once, or left to finish."""

import multiprocessing
import signal
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import wait
from random import Random

from tests.proof.sender import CALLING, CLAIMING, HANDING, LARGE, RECORDING, SMALL, STAGES, Post, work

MOST_MARKS = 5                 # a sender dies after so many stages at most, and then a moment more:
MOMENT = {CLAIMING: 0.012, HANDING: 0.001, CALLING: 0.006, RECORDING: 0.004}     # seconds, about as long as the stage takes
STEP = 30                      # made-up seconds from one start to the next


class Sender:
    """One process, forked from one that has done what each would do first; and when it shall die."""

    def __init__(self, place: int, post: Post, now: int, chance: Random, requests: int) -> None:
        context = multiprocessing.get_context("fork")
        self.place, self.stage = place, CLAIMING
        self.batches = 0
        self.left = chance.randint(1, MOST_MARKS)
        self.chance = chance
        self.dies_at = float("inf")
        self.pipe, theirs = context.Pipe(duplex=False)
        post.store.close()                        # a connection must not be in two processes
        self.process = context.Process(target=work, args=(post, now, theirs, requests))
        self.process.start()
        theirs.close()

    def listen(self) -> bool:
        """Take in what it has said of itself; False when it has ended."""
        try:
            while self.pipe.poll():
                self._hear(self.pipe.recv_bytes().decode())
        except EOFError:
            return False
        return True

    def _hear(self, stage: str) -> None:
        self.batches += (self.stage, stage) == (RECORDING, CLAIMING)
        self.stage = stage
        self.left -= 1
        if self.left == 0:
            self.dies_at = time.monotonic() + self.chance.uniform(0, MOMENT[stage])

    def ended(self) -> int | None:
        """The exit code, all that it said being heard. Raises RuntimeError where it failed."""
        self.process.join()
        self.listen()
        self.pipe.close()
        if self.process.exitcode not in (0, -signal.SIGKILL):
            raise RuntimeError(f"a sender failed with exit code {self.process.exitcode}; it was {self.stage}")
        return self.process.exitcode


class Crew:
    """So many senders at a time, on a clock that goes on with every start."""

    def __init__(self, post: Post, *, size: int, now: int, seed: int) -> None:
        self.post, self.size, self.now, self.seed = post, size, now, seed
        self.started, self.requests = 0, SMALL
        self.kills = Counter(dict.fromkeys(STAGES, 0))
        self.batches = Counter(dict.fromkeys(range(size), 0))      # by the sender's place: how many it recorded
        self._at_work: dict[int, Sender] = {}

    def killed(self) -> Iterator[str]:
        """Kill one after the other, for ever: yields the stage at which each died, and "" for one that had nothing left."""
        while True:
            self._fill()
            for place in self._over():
                self._at_work[place].process.kill()
                yield self._end(place)

    def finish(self) -> None:
        """Nobody is killed any more: a whole crew comes to its end, and then one more."""
        self.requests = LARGE
        for _ in range(2):
            self._fill()
            self._wait_for_all()

    def _fill(self) -> None:
        for place in range(self.size):
            if place not in self._at_work:
                self.started += 1
                self.now += STEP
                self._at_work[place] = Sender(place, self.post, self.now, Random(f"{self.seed} {self.started}"),
                                               self.requests)

    def _over(self) -> list[int]:
        """The places whose sender's moment has come, or who has ended by itself; waits for the first."""
        while True:
            gone = [each.place for each in self._at_work.values() if not each.listen()]
            now = time.monotonic()
            over = [each.place for each in self._at_work.values() if each.dies_at <= now]
            if over or gone:
                return sorted({*over, *gone})
            moment = min(each.dies_at for each in self._at_work.values())
            wait([each.pipe for each in self._at_work.values()], None if moment == float("inf") else moment - now)

    def _end(self, place: int) -> str:
        sender = self._at_work.pop(place)
        killed = sender.ended() == -signal.SIGKILL
        self.batches[place] += sender.batches
        self.kills[sender.stage] += killed
        return sender.stage if killed else ""

    def _wait_for_all(self) -> None:
        for place in list(self._at_work):
            self._end(place)
