"""The peer's requests that we have not answered yet, by sequence_number. Nothing here sends or receives."""


class Inbound:
    """Numbers of requests that await our answer; a careless peer may use one for several (SMPP 3.4 §5.1.4)."""

    __slots__ = ("_repeats", "numbers")

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        """Each open number and how many requests bear it; the session's fast path adds to it by itself."""
        self._repeats = 0

    @property
    def open(self) -> int:
        """How many requests await our answer."""
        return len(self.numbers) + self._repeats

    def add(self, sequence: int) -> bool:
        """Notes a request; False says that its number is open already."""
        count = self.numbers.get(sequence, 0)
        self.numbers[sequence] = count + 1
        if count:
            self._repeats += 1
        return not count

    def answered(self, sequence: int) -> bool:
        """Notes our answer; False says that no such request is open."""
        count = self.numbers.pop(sequence, 0)
        if count > 1:
            self.numbers[sequence] = count - 1
            self._repeats -= 1
        return count > 0

    def clear(self) -> None:
        """Forgets them all: no answer will be sent."""
        self.numbers.clear()
        self._repeats = 0
