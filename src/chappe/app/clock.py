"""The real clock."""

from __future__ import annotations

import time


class SystemClock:
    """Answers `ports.clock.Clock` by the machine's clocks."""

    def now_ms(self) -> int:
        """See the port."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """See the port."""
        return time.monotonic()
