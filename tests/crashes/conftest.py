"""The states of lakes that these tests begin with, and the kills by place at their end."""

import pytest

from tests.crashes.campaign import REPORT
from tests.crashes.states import States


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> States:
    """A lake in each state, to be copied."""
    return States(tmp_path_factory.mktemp("states"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the report, where kills were made."""
    if REPORT in config.stash:
        terminalreporter.section("kills by place (.build/crashes.md)")
        terminalreporter.write(config.stash[REPORT])
