"""Attempt, outcome, again when, or give up: the retry plan as pure functions of chance and time."""

from __future__ import annotations

from enum import Enum

import msgspec


class Outcome(Enum):
    """How one attempt to hand a message to a network ended."""

    SENT = "sent"
    REFUSED = "refused"
    """For good on this way; another way may take it."""
    DEFERRED = "deferred"
    """Refused for now."""
    THROTTLED = "throttled"
    """Too fast for the network: says nothing about the message, and costs it no attempt."""
    NOT_SENT = "not_sent"
    """The link went before anything was written; costs no attempt."""
    UNKNOWN = "unknown"
    """Written, never answered: the network may have it."""
    UNCLEAR = "unclear"
    """Answered in a way that cannot be understood, or found to do harm: the network may have it; an operator must look."""
    UNFIT = "unfit"
    """Cannot be put into this network's form at all; an operator must look."""


class UnknownPolicy(Enum):
    """What to do where an attempt's outcome is unknown."""

    RESEND = "resend"
    """At least once: go again, marked as a possible duplicate."""
    HOLD = "hold"
    """At most once: keep it for an operator (premium-rate traffic)."""


class RetryPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Back-off of attempts, in seconds: `first`, times `factor` each time up to `longest`, jittered.

    `attempts` is how many attempts a message gets in all; after the last it fails with the last error.
    """

    first: float = 5.0
    factor: float = 2.0
    longest: float = 900.0
    attempts: int = 12

    def problem(self) -> str:
        """The first thing wrong with this plan as a sentence, empty if none."""
        if self.first <= 0 or not 1 <= self.factor <= 100 or self.longest < self.first or self.attempts < 1:
            return "a retry plan needs first > 0, factor 1 to 100, longest >= first, attempts >= 1"
        return ""

    def delay(self, attempt: int, chance: float) -> float:
        """Seconds until the attempt after number `attempt` (from 1); `chance` is uniform in [0, 1).

        Half the delay is fixed and half is chance, so that a restart does not make all come at once and no
        retry comes sooner than half its back-off.
        """
        # The exponent is bounded so that a message with thousands of attempts does not overflow a float.
        whole = min(self.first * self.factor ** min(attempt - 1, 64), self.longest)
        return whole * (0.5 + 0.5 * chance)


def full_jitter(attempt: int, first: float, longest: float, chance: float) -> float:
    """Seconds before reconnect number `attempt` (from 1): anything up to the doubled back-off."""
    return max(min(first * 2.0 ** min(attempt - 1, 64), longest) * chance, first * 0.1)
