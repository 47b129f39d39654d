"""Letters and door hangers for a print house: PDFs of up to 500 with a manifest, written once into a folder or a bucket.

A batch is handed over at the instant its manifest is there, and not before: the print house prints what a manifest names.
So manifests are also our proof (`look_up`). They must stay where they are for `look_back` days of posting.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from pydantic import Field, model_validator

from doorstep.channels import Channel, Item, Outcome, configured
from doorstep.channels._aws import Access
from doorstep.channels._print_manifest import Place, Ready, manifest, name_of, places, utc
from doorstep.channels._print_store import BucketStore, FolderStore, MaybeWritten, PrintStore
from doorstep.errors import ConfigError, Permanent, Transient
from doorstep.letters import ALPHABET, UNSET, Letter, PressRoom, Printed, Window, fit_to_print, prints_many, window_lines
from doorstep.posting import CUT_OFF, cut_off_at, posting_day
from doorstep.rollout import Rollout
from doorstep.rollout.shape import Clock
from doorstep.settings import Settings
from doorstep.timing import instant, local_day

ADDRESS = "address"                  # why a letter is refused, in a word: see also ALPHABET and UNSET
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Config(Access):
    """`[providers.print_house]` of a rollout file."""

    folder: Path | None = Field(default=None, description="where batches are left; letters/<rollout> of DOORSTEP_HOME if not set")
    bucket: str = Field(default="", pattern=r"^([A-Za-z0-9._:/-]{3,})?$", description="of S3, instead of a folder")
    prefix: str = Field(default="letters", description="before <rollout>/<day>/ in the bucket")
    kms_key: str = Field(default="", description="the key of AWS KMS that the bucket's objects are sealed with")
    window: Window = Field(default="din", description="of the envelopes: din (DIN 5008 form B) or uk (BS 4264)")
    hangers: list[str] = Field(default=[], description="notices that are printed as cards for the door handle")
    timeout_seconds: float = Field(default=30, gt=0, le=60, description="how long the bucket may take to answer")
    cut_off: Clock = Field(default=CUT_OFF, description="what comes later is printed on the next working day")
    look_back: int = Field(default=14, ge=1, description="days of posting whose manifests prove what was handed over")

    @model_validator(mode="after")
    def _one_place(self) -> "Config":
        if self.folder and self.bucket:
            raise ValueError("name a folder or a bucket, not both")
        return self


class PrintHouse:
    """The post, through somebody else's printers."""

    provider = "print_house"
    kind = "post"
    batch_size = 500
    exactly_once = False

    def __init__(self, rollout: Rollout, config: Config, store: PrintStore) -> None:
        self.rollout = rollout
        self.config = config
        self.store = store
        self._room = PressRoom()

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        """Print the letters and leave them; those without a usable address come back refused."""
        outcomes: dict[str, Outcome] = {}
        batches = _by_layout(self._ready(items, outcomes))
        taken = False
        while batches:
            batch = batches.pop(0)
            try:
                outcomes |= self._hand_over(batch, now)
                taken = True
            except Permanent as no:
                # One of them cannot be set: the halves find it.
                half = len(batch) // 2
                if half:
                    batches[:0] = [batch[:half], batch[half:]]
                else:
                    outcomes[batch[0].item.ref] = Outcome(batch[0].item.notice_id, "refused", code=str(no))
            except Transient as away:
                if not taken:
                    raise
                outcomes |= {each.item.ref: Outcome(each.item.notice_id, "throttled", code=away.code, until=away.until)
                             for each in [*batch, *(each for rest in batches for each in rest)]}
                break
        if _is_the_layout(outcomes):
            raise ConfigError("templates/layouts/letter.typ: no letter can be set with it")
        return [outcomes[item.ref] for item in items]

    def look_up(self, refs: Sequence[str]) -> Mapping[str, str]:
        """The batch and page of each reference that a manifest of the last days of posting names."""
        wanted, found = set(refs), dict[str, str]()
        days = [day for day in self.store.days() if _DAY.fullmatch(day)] if wanted else []
        for day in days[::-1][:self.config.look_back]:
            for name in (f"{day}/{name}" for name in self.store.names(day) if name.endswith(".json")):
                stand = places(self.store.get(name) or b"", name)
                found |= {ref: stand[ref].provider_id for ref in wanted & stand.keys()}
            if len(found) == len(wanted):
                break
        return found

    def _ready(self, items: Sequence[Item], outcomes: dict[str, Outcome]) -> list[Ready]:
        """The letters, in the order of their names; what cannot be one is refused."""
        ready = []
        for item in items:
            try:
                ready.append(Ready(item, self._letter(item)))
            except Permanent as no:
                outcomes[item.ref] = Outcome(item.notice_id, "refused", code=str(no))
        return sorted(ready, key=lambda each: (each.item.notice_id, each.item.ref))

    def _letter(self, item: Item) -> Letter:
        hanger = item.skeleton.notice in self.config.hangers
        lines = () if hanger else window_lines(item.address_lines, item.name)
        if lines is None:
            raise Permanent(ADDRESS)
        return fit_to_print(Letter(item.skeleton.layout, item.skeleton.fill(item.texts).letter, lines, item.ref,
                                   item.large_print, hanger))

    def _hand_over(self, batch: Sequence[Ready], now: int) -> dict[str, Outcome]:
        """One PDF, then its manifest. Raises Permanent if a letter cannot be set, Transient if surely nothing was taken."""
        zone = self.rollout.zone
        day, name = local_day(now, zone), name_of(batch)
        # Dated by the day, not the second: a second run after a crash makes the same bytes.
        printed = self._room.batch([each.letter for each in batch], now=instant(day, 0, zone), zone=zone,
                                   window=self.config.window)
        file = self._put_pdf(f"{day}/{name}", printed, now)
        posted = posting_day(self.rollout, now, self.config.cut_off)
        cut_off = cut_off_at(self.rollout, posted, self.config.cut_off)
        content = manifest(
            batch, printed, rollout=self.rollout.name, batch=f"{day}/{name}", created=utc(now), cut_off=utc(cut_off), file=file,
            window=self.config.window, country=self.rollout.file.country)
        try:
            stand = self._put_manifest(f"{day}/{name}.json", content, now)
        except MaybeWritten:
            return {each.item.ref: Outcome(each.item.notice_id, "unknown", code="no_answer") for each in batch}
        return {each.item.ref: _accepted(each.item, stand[each.item.ref]) for each in batch}

    def _put_pdf(self, name: str, printed: Printed, now: int) -> str:
        """The name under which this very PDF stands. Another of the same letters, from before the words were changed, stays."""
        file = f"{name}.pdf"
        if not self.store.put_new(file, printed.pdf, now) and self.store.get(file) != printed.pdf:
            file = f"{name}-{sha256(printed.pdf).hexdigest()[:12]}.pdf"
            self.store.put_new(file, printed.pdf, now)
        return file.rpartition("/")[2]

    def _put_manifest(self, name: str, content: bytes, now: int) -> Mapping[str, Place]:
        """What the manifest under this name says: ours, or the one that was there before us."""
        if self.store.put_new(name, content, now):
            return places(content, name)
        try:
            return places(self.store.get(name) or b"", name)
        except Transient as error:
            raise MaybeWritten(str(error), code=error.code) from error


def _accepted(item: Item, place: Place) -> Outcome:
    return Outcome(item.notice_id, "accepted", place.provider_id, None, place.pages)


def _by_layout(letters: Iterable[Ready]) -> list[list[Ready]]:
    """The letters that can be printed in one run; a layout kept from before prints one at a time."""
    groups: dict[tuple[str, str], list[Ready]] = {}
    for each in letters:
        layout = each.letter.layout
        groups.setdefault((layout, "" if prints_many(layout) else each.item.ref), []).append(each)
    return list(groups.values())


def _is_the_layout(outcomes: Mapping[str, Outcome]) -> bool:
    """Whether none of several letters could be set, so that it is no letter's own fault."""
    printed = [outcome.code for outcome in outcomes.values() if outcome.code not in (ADDRESS, ALPHABET)]
    return len(printed) > 1 and set(printed) == {UNSET}


def open_channels(rollout: Rollout, settings: Settings) -> dict[str, Channel]:
    """The contract's entry: the folder or bucket that the rollout file names."""
    config = configured(rollout, "print_house", Config)
    known = {row.notice for row in rollout.plan}
    for notice in config.hangers:
        if notice not in known:
            raise ConfigError(f'{rollout.config_path or rollout.name}: providers.print_house.hangers: "{notice}" is not a notice '
                              "of the plan")
    if not config.bucket:
        return {"post": PrintHouse(rollout, config, FolderStore(config.folder or settings.home / "letters" / rollout.name))}
    prefix = f"{config.prefix.strip('/')}/{rollout.name}"
    store = BucketStore(config.bucket, prefix, config, rollout.file.country, kms_key=config.kms_key)
    return {"post": PrintHouse(rollout, config, store)}
