"""Reads config/*.toml into a Rollout; every mistake is named with file, key, value and what would be right."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from doorstep.errors import ConfigError, UsageError
from doorstep.rollout.plan_rows import Condition, Phase, PlanRow, read_condition, read_row
from doorstep.rollout.shape import KpiTarget, Rollout, RolloutFile

T = TypeVar("T", bound=BaseModel)
PHASES: tuple[Phase, ...] = ("before", "during", "after")


def rollout_names(config: Path) -> list[str]:
    """The rollouts that are configured, by file name."""
    return sorted(path.stem for path in (config / "rollouts").glob("*.toml"))


def load_rollout(config: Path, name: str) -> Rollout:
    """Read one rollout with its plan and targets. Raises ConfigError with every mistake, UsageError for an unknown name."""
    path = config / "rollouts" / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(rollout_names(config)) or "none yet"
        raise UsageError(f'"{name}" is not a rollout; those in {config / "rollouts"} are: {known}')
    faults: list[str] = []
    shape = _checked(RolloutFile, _toml(path), str(path), faults)
    overrides = shape.plan if shape else {}
    plan = _read_plan(config / "plan.toml", overrides, str(path), faults)
    targets = load_kpi_targets(config, shape.kpis if shape else {}, str(path), faults)
    if faults or shape is None:
        raise ConfigError(faults)
    return Rollout(name, shape, plan, targets, str(path))


def load_kpi_targets(config: Path, overrides: dict[str, dict[str, Any]], rollout_path: str,
                     faults: list[str]) -> dict[str, KpiTarget]:
    """The targets of kpis.toml, with a rollout's own on top."""
    path = config / "kpis.toml"
    raw = _toml(path)
    for unknown in sorted(set(overrides) - set(raw)):
        faults.append(f'{rollout_path}: kpis.{unknown}: not a KPI of {path}; those are {", ".join(raw)}')
    targets = {}
    for kpi, table in raw.items():
        place = f"{rollout_path}: kpis" if kpi in overrides else str(path)
        target = _checked(KpiTarget, table | overrides.get(kpi, {}), f"{place}: {kpi}", faults)
        if target:
            targets[kpi] = target
    return targets


def _toml(path: Path) -> dict[str, Any]:
    try:
        return _parsed(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: the file is missing") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error


@lru_cache(maxsize=64)        # every task reads its rollout, and all rollouts share a plan and targets; nobody changes the tables
def _parsed(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


def _checked(shape: type[T], raw: dict[str, Any], place: str, faults: list[str]) -> T | None:
    try:
        return shape.model_validate(raw)
    except ValidationError as error:
        faults.extend(f"{place}: {sentence}" for sentence in sentences(error))
        return None


def sentences(error: ValidationError) -> list[str]:
    """Each mistake pydantic found, as `key: value: what is wrong`."""
    return [_sentence(fault) for fault in error.errors()]


def _sentence(fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"] if part != "str")
    if fault["type"] == "missing":
        return f"{key}: missing"
    if fault["type"] == "extra_forbidden":
        return f"{key}: not a known key"
    said = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "value_error":
        return f"{key}: {said}" if key else said
    return f"{key}: {fault['input']!r} is wrong: {said[0].lower()}{said[1:]}"


def _read_plan(path: Path, overrides: dict[str, dict[str, Any]], rollout_path: str,
               faults: list[str]) -> tuple[PlanRow, ...]:
    raw = _toml(path)
    audiences = _audiences(path, raw.get("audiences", {}), faults)
    rows: list[PlanRow] = []
    known: set[str] = set()
    for phase in PHASES:
        for place, table in enumerate(raw.get(phase, [])):
            known.add(str(table.get("notice")))
            row = _plan_row(table, overrides, phase, audiences, f"{path}: {phase}[{place}]", rollout_path, faults)
            rows += [row] if row else []
    for unknown in sorted(set(overrides) - known):
        faults.append(f'{rollout_path}: plan.{unknown}: not a notice of {path}')
    faults.extend(f"{path}: {key}: not known; the plan has audiences, before, during and after"
                  for key in sorted(set(raw) - {"audiences", *PHASES}))
    names = [row.notice for row in rows]
    faults.extend(f'{path}: notice "{name}" stands twice' for name in sorted({n for n in names if names.count(n) > 1}))
    return tuple(rows)


def _plan_row(table: dict[str, Any], overrides: dict[str, dict[str, Any]], phase: Phase, audiences: dict[str, Condition],
              place: str, rollout_path: str, faults: list[str]) -> PlanRow | None:
    name = str(table.get("notice"))
    own = overrides.get(name, {})
    try:
        read_row(table, phase, audiences)
    except ValueError as error:
        faults.append(f"{place}.{error}")
        return None
    try:
        return None if own.get("off") else read_row(table | own, phase, audiences)
    except ValueError as error:
        faults.append(f"{rollout_path}: plan.{name}.{error}")
        return None


def _audiences(path: Path, raw: dict[str, Any], faults: list[str]) -> dict[str, Condition]:
    audiences = {"all": Condition()}
    for name, table in raw.items():
        try:
            audiences[name] = read_condition(table)
        except ValueError as error:
            faults.append(f"{path}: audiences.{name}: {error}")
    return audiences
