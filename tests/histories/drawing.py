"""How often, and with which seeds, a test of random histories is tried."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

# Hypothesis begins with the simplest example and makes many that are close to earlier ones: drawn by its strategies, the
# first dozen histories were empty. A seed's neighbour is another history altogether; the simplest is left out, since it
# would come first whatever --hypothesis-seed says.
SEEDS = st.integers(0, 2**64 - 1).filter(bool)


def seeds(count: int, config: pytest.Config) -> Callable[[Callable[[int], None]], Callable[[], None]]:
    """A decorator: the test is called with so many seeds, the same each time where no `--hypothesis-seed` is given."""

    def decorated(check: Callable[[int], None]) -> Callable[[], None]:
        drawn = settings(
            max_examples=count,
            deadline=None,
            database=None,
            derandomize=config.getoption("hypothesis_seed", None) is None,
            # Shrinking would replay hundreds more, and of seeds none is simpler than another.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        return drawn(given(SEEDS)(check))

    return decorated
