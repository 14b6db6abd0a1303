"""How far the reading of landing is, in bytes: what is known already is behind at once."""

from collections.abc import Callable, Iterator

from bronze.landing import Found


class Walk:
    """The landed files one after another; `on_bytes` is told how many bytes are behind, and how many there are."""

    def __init__(
        self, found: list[Found], on_step: Callable[[str], None], on_bytes: Callable[[int, int], None]
    ) -> None:
        self.on_step = on_step
        self._on_bytes = on_bytes
        self._found = [(item, _size_bytes(item)) for item in found]
        self._total_bytes = sum(size_bytes for _, size_bytes in self._found)
        self._behind_bytes = 0

    def __iter__(self) -> Iterator[Found]:
        for item, size_bytes in self._found:
            yield item
            self._behind_bytes += size_bytes
            self.read(0)

    def read(self, of_this_bytes: int) -> None:
        """So many bytes of the file at hand have been read."""
        self._on_bytes(self._behind_bytes + of_this_bytes, self._total_bytes)


def _size_bytes(item: Found) -> int:
    """Its size, or none where it is gone already, which its reader says."""
    try:
        return item.file.stat().st_size
    except OSError:
        return 0
