"""One PostgreSQL and one lake for all tests of the shared metastore."""

from collections.abc import Iterator

import pytest

from tests.bi.conftest import small_lake
from tests.conftest import TestLake
from tests.metastore.postgres import Postgres, running_postgres


@pytest.fixture(scope="package")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL with an empty database."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="package")
def shown(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLake]:
    """A small lake with the metastore, which a first run has made and filled."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in postgres.environment().items():
            environment.setenv(name, value)
        with small_lake(tmp_path_factory.mktemp("shown"), days=3) as made:
            # What is known of the metastore is in the lake's settings by now; other processes of a test are told by it.
            environment.undo()
            yield made
