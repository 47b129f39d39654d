"""A schedule from S3, against moto's server on loopback: versions, order, pages."""

from pathlib import Path
from typing import Any

import pytest

from doorstep.errors import Permanent, Transient
from tests.amazon import Amazon
from tests.schedule.test_sources import arrivals

KEY = "drops/kampala-2027-01-04.csv"
SOURCE = {"kind": "s3", "bucket": "schedules", "prefix": "drops/", "pattern": "*.csv"}


@pytest.fixture
def bucket(moto: Amazon, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The client of an empty bucket called `schedules`."""
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")              # pages of two, so that small tests turn pages
    client = moto.client("s3")
    client.create_bucket(Bucket="schedules")
    return client


@pytest.fixture
def versioned(bucket: Any) -> Any:
    bucket.put_bucket_versioning(Bucket="schedules", VersioningConfiguration={"Status": "Enabled"})
    return bucket


def put(client: Any, content: str, key: str = KEY) -> str:
    return str(client.put_object(Bucket="schedules", Key=key, Body=content.encode()).get("VersionId"))


def contents(folder: Path, marks: dict[str, str] | None = None, **keys: Any) -> list[str]:
    return [arrival.path.read_text() for arrival in arrivals(SOURCE | keys, folder, marks)]


def taken(folder: Path) -> dict[str, str]:
    return {arrival.source: arrival.mark for arrival in arrivals(SOURCE, folder)}


def test_every_version_comes_from_old_to_new_over_many_pages(versioned: Any, tmp_path: Path) -> None:
    for content in ("one", "two", "three", "four", "five"):
        put(versioned, content)
    put(versioned, "before", "drops/kampala-2027-01-03.csv")
    assert contents(tmp_path) == ["before", "one", "two", "three", "four", "five"]


def test_only_versions_after_the_mark_are_new(versioned: Any, tmp_path: Path) -> None:
    put(versioned, "one")
    version = put(versioned, "two")
    marks = taken(tmp_path)
    assert list(marks) == [f"s3://schedules/{KEY}"]
    assert marks[f"s3://schedules/{KEY}"].endswith(f" {version}")
    assert contents(tmp_path, marks) == []
    for content in ("three", "four"):
        put(versioned, content)
    assert contents(tmp_path, marks) == ["three", "four"]


def test_a_marked_version_that_is_gone_still_marks_its_time(versioned: Any, tmp_path: Path) -> None:
    version = put(versioned, "one")
    marks = taken(tmp_path)
    put(versioned, "two")
    versioned.delete_object(Bucket="schedules", Key=KEY, VersionId=version)
    assert contents(tmp_path, marks) == ["two"]
    later = {key: mark.replace(mark[:4], "2100", 1) for key, mark in marks.items()}
    assert contents(tmp_path, later) == []


def test_without_versions_the_content_is_the_mark(bucket: Any, tmp_path: Path) -> None:
    put(bucket, "one")
    put(bucket, "other", "drops/kampala-2027-01-03.csv")
    put(bucket, "third", "drops/kampala-2027-01-05.csv")
    assert contents(tmp_path) == ["other", "one", "third"]
    marks = taken(tmp_path)
    put(bucket, "one")
    assert contents(tmp_path, marks) == []
    put(bucket, "two")
    assert contents(tmp_path, marks) == ["two"]


def test_what_is_overwritten_while_versions_are_suspended_is_new(versioned: Any, tmp_path: Path) -> None:
    put(versioned, "one")
    versioned.put_bucket_versioning(Bucket="schedules", VersioningConfiguration={"Status": "Suspended"})
    put(versioned, "two")
    marks = taken(tmp_path)
    put(versioned, "three")
    assert contents(tmp_path, marks)[-1] == "three"


def test_only_whole_files_that_the_pattern_names_are_taken(bucket: Any, tmp_path: Path) -> None:
    for key in ("drops/a.csv", "drops/a.csv.part", "drops/.b.csv", "drops/c.txt", "drops/deep/d.csv", "other/e.csv",
                "drops/x.csv/"):
        put(bucket, key, key)
    assert sorted(contents(tmp_path)) == ["drops/a.csv", "drops/deep/d.csv"]
    assert contents(tmp_path, prefix="other/", pattern="*") == ["other/e.csv"]
    assert contents(tmp_path, prefix="nothing/") == []


def test_a_version_is_downloaded_when_it_is_asked_for(versioned: Any, tmp_path: Path) -> None:
    put(versioned, "one")
    put(versioned, "two")
    coming = arrivals(SOURCE, tmp_path)
    first = next(coming)
    assert list(tmp_path.iterdir()) == [first.path]
    assert (first.name, first.path.read_text()) == ("kampala-2027-01-04.csv", "one")


def test_what_s3_refuses_is_said(bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Permanent, match="s3://no-such-bucket: NoSuchBucket in answer to"):
        contents(tmp_path, bucket="no-such-bucket")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(Transient, match=r"s3://schedules: S3 cannot be reached or broke off \(EndpointConnectionError\)"):
        contents(tmp_path)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(Permanent, match="no AWS credentials are set"):
        contents(tmp_path)
