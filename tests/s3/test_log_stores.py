"""Commits by several processes at once: none is lost, none stands twice, whatever becomes of the store's answers."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePath
from zipfile import ZipFile

import pytest

from lake import s3
from lake.settings import REPOSITORY
from lake.storage import LakePath, S3Path
from tests.s3.conftest import Store
from tests.s3.process import Child
from tests.s3.proxy import Harm, Proxy, Request


def entries(table: LakePath) -> dict[int, list[dict[str, object]]]:
    """The actions of each commit, read without Delta."""
    log = table / "_delta_log"
    commits = [path for path in log.glob("*.json") if path.stem.isdigit()]
    return {int(path.stem): [json.loads(line) for line in path.read_bytes().splitlines()] for path in commits}


def added_ids(table: LakePath) -> list[int]:
    """The id of each row that any commit added, one row a file."""
    stats = [
        json.loads(action["add"]["stats"])
        for actions in entries(table).values()
        for action in actions
        if "add" in action
    ]
    assert all(one["numRecords"] == 1 and one["minValues"] == one["maxValues"] for one in stats)
    return sorted(one["minValues"]["id"] for one in stats)


def race(children: tuple[Child, Child], table: str, count: int) -> None:
    """Each child appends half of the ids, one a commit, both at once."""
    children[0].sql(f"create table delta.`{table}` (id bigint) using delta")
    for number in range(count):
        children[number % 2].tell("sql", text=f"insert into delta.`{table}` values ({number})")
    for number in range(count):
        children[number % 2].answer()


@pytest.fixture
def local_pair(tmp_path: Path) -> Iterator[tuple[Child, Child]]:
    """Two processes on one local disk."""
    environment = {"LAKE_URI": str(tmp_path / "lake"), "LANDING_URI": str(tmp_path / "landing")}
    children = (Child(environment), Child(environment))
    yield children
    for child in children:
        child.close()


@pytest.mark.timeout(0)  # thousands take an hour on a busy machine
def test_local_commits_by_two_processes(
    local_pair: tuple[Child, Child], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    count = request.config.getoption("--commits")
    race(local_pair, str(tmp_path / "raced"), count)
    assert added_ids(tmp_path / "raced") == list(range(count)), "0 lost, 0 doubled"
    assert sorted(entries(tmp_path / "raced")) == list(range(count + 1))
    log = tmp_path / "raced" / "_delta_log"
    assert not list(log.glob(".*.tmp")), "nothing is left behind"
    assert not list(log.glob(".*.json.crc")), "Hadoop keeps no checksum of an entry"


@pytest.mark.timeout(0)  # thousands take an hour on a busy machine
def test_commits_on_s3_by_two_processes(
    pair: tuple[Child, Child], on_s3: Mapping[str, str], request: pytest.FixtureRequest
) -> None:
    count = request.config.getoption("--commits")
    table = S3Path.of(f"{on_s3['LAKE_URI']}/raced")
    race(pair, str(table), count)
    assert added_ids(table) == list(range(count)), "0 lost, 0 doubled"
    assert sorted(entries(table)) == list(range(count + 1))


@pytest.mark.parametrize("harm", [Harm.SWALLOW, Harm.RESET, Harm.ERROR_503])
def test_a_lost_answer_to_a_commit_is_no_lost_and_no_second_commit(
    pair: tuple[Child, Child], proxy: Proxy, on_s3: Mapping[str, str], harm: Harm
) -> None:
    table = S3Path.of(f"{on_s3['LAKE_URI']}/answers")
    met: set[str] = set()

    def once_a_commit(request: Request) -> Harm | None:
        if not request.is_commit or "/answers/" not in request.path or request.path in met:
            return None
        met.add(request.path)
        return harm

    here = f"delta.`{table}`"
    proxy.rule = once_a_commit
    try:
        for statement in (
            f"create table {here} (id bigint, v string) using delta",
            f"insert into {here} values (1, 'a'), (2, 'b'), (3, 'c')",
            f"insert into {here} values (4, 'd')",
            f"update {here} set v = concat(v, '!') where id <= 2",
            f"merge into {here} as t using (select 3L as id, 'm' as v union all select 5L, 'n') as s on t.id = s.id "
            "when matched then update set v = concat(t.v, s.v) when not matched then insert *",
            f"delete from {here} where id = 4",
        ):
            pair[1].sql(statement)
    finally:
        proxy.harmless()
    assert len(met) == 6, "each commit lost its first answer"
    rows = pair[0].sql(f"select id, v from {here} order by id")
    assert rows == [[1, "a!"], [2, "b!"], [3, "cm"], [5, "n"]]
    operations = [
        action["commitInfo"]["operation"]
        for _, one in sorted(entries(table).items())
        for action in one
        if "commitInfo" in action
    ]
    assert operations == ["CREATE TABLE", "WRITE", "WRITE", "UPDATE", "MERGE", "DELETE"]


def test_a_commit_that_another_overtook_comes_after_it(
    pair: tuple[Child, Child], proxy: Proxy, on_s3: Mapping[str, str]
) -> None:
    table = S3Path.of(f"{on_s3['LAKE_URI']}/conflict")
    here = f"delta.`{table}`"
    pair[0].sql(f"create table {here} (id bigint) using delta")
    pair[0].sql(f"insert into {here} values (1)")
    proxy.held.clear()
    proxy.let_go.clear()
    proxy.rule = lambda request: Harm.HOLD if request.is_commit and not proxy.held.is_set() else None
    pair[1].tell("sql", text=f"insert into {here} values (2)")
    assert proxy.held.wait(60)
    pair[0].sql(f"insert into {here} values (3)")
    proxy.let_go.set()
    pair[1].answer()
    proxy.harmless()
    assert added_ids(table) == [1, 2, 3]


def test_set_up_compiles_each_class() -> None:
    sources = (REPOSITORY / "spark_conf" / "java").rglob("*.java")
    with ZipFile(REPOSITORY / ".build" / "jars" / "lakehouse.jar") as jar:
        compiled = {PurePath(name).stem for name in jar.namelist() if name.endswith(".class")}
    assert {path.stem for path in sources} <= compiled


def test_the_pipeline_and_the_reader_may_do_what_they_need(store: Store, on_s3: Mapping[str, str]) -> None:
    from botocore.exceptions import ClientError

    key = f"published/{uuid.uuid4().hex}"
    s3.call("put_object", Bucket="lake", Key=key, Body=b"shown")
    s3.call("put_object", Bucket="lake", Key="bronze/secret", Body=b"hidden")
    reader, pipeline = (login.client(store.server.url) for login in (store.reader, store.pipeline))
    assert reader.get_object(Bucket="lake", Key=key)["Body"].read() == b"shown"
    assert reader.list_objects_v2(Bucket="lake", Prefix="published/")["KeyCount"] >= 1
    forbidden: list[Callable[[], object]] = [
        lambda: reader.get_object(Bucket="lake", Key="bronze/secret"),
        lambda: reader.list_objects_v2(Bucket="lake"),
        lambda: reader.list_objects_v2(Bucket="lake", Prefix="bronze/"),
        lambda: reader.list_objects_v2(Bucket="landing"),
        lambda: reader.put_object(Bucket="lake", Key=key, Body=b""),
        lambda: reader.delete_object(Bucket="lake", Key=key),
        lambda: pipeline.create_bucket(Bucket="other"),
        lambda: pipeline.delete_bucket(Bucket="landing"),
    ]
    for attempt in forbidden:
        with pytest.raises(ClientError, match="AccessDenied"):
            attempt()
