"""Push first: which way a message with extras begins, and what its turn by push is worth. Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final

import msgspec

from chappe.domain.account import Account
from chappe.domain.app import App, Hybrid, MessageType
from chappe.domain.channel import PUSH, SMS
from chappe.domain.conditions import Subject
from chappe.domain.extras import Extras
from chappe.domain.link import Health
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.routing import Route
from chappe.domain.submission import Submission
from chappe.pipeline.directory import Directory
from chappe.pipeline.route import HealthOf, Way, allowed_channels, way_by_channel, way_for
from chappe.pipeline.validate import Content
from chappe.ports.clock import Chance

Reached = AbstractSet[tuple[str, str]]
"""Apps and numbers, as pairs, for which a device is registered."""

NOBODY: Final[Reached] = frozenset()


class Planned(msgspec.Struct, frozen=True, gc=False):
    """How a message begins: its way, the rule whose price it pays, its extras and validity (Unix milliseconds, 0 for ever)."""

    way: Way
    priced_by: Route
    extras: Extras
    expires_ms: int


class Ground(msgspec.Struct, frozen=True, gc=False):
    """What is known where ways are chosen."""

    directory: Directory
    health: HealthOf
    chance: Chance
    now_ms: int
    now: datetime

    def way(self, subject: Subject, channels: tuple[str, ...]) -> Way | Refusal:
        """A way on one of these channels; on any where none are named."""
        if not channels:
            return way_for(self.directory, subject, self.now, self.health, self.chance)
        return way_by_channel(self.directory, subject, self.now, self.health, self.chance, channels=channels)


def planned(
    ground: Ground,
    account: Account,
    asked: Submission,
    content: Content,
    *,
    subject: Subject,
    times: tuple[int, int],
    reached: Reached = NOBODY,
) -> Planned | Refusal:
    """How a message with extras begins; `times` are when it is due and when its validity ends."""
    extras = asked.extras
    assert extras is not None
    channels = allowed_channels(extras, content)
    if isinstance(channels, Refusal):
        return channels
    if extras.app:
        app = app_of(ground.directory, account, extras.app)
        if isinstance(app, Refusal):
            return app
        return _by_push(ground, app, extras, channels, subject=subject, times=times, reached=reached)
    return _plain(ground.way(subject, channels), extras, channels, times[1])


def app_of(directory: Directory, account: Account, key: str) -> App | Refusal:
    """The app that a message names, if it is one of the account's and switched on."""
    app = directory.apps.get(key.lower())
    if app is None or app.account != account.name or not app.enabled:
        return Refusal(Reason.BAD_APP, "app", "the app key names no app of this account")
    return app


def _plain(
    way: Way | Refusal, extras: Extras, channels: tuple[str, ...], expires_ms: int
) -> Planned | Refusal:
    if isinstance(way, Refusal):
        return way
    if channels != extras.channels:
        extras = msgspec.structs.replace(extras, channels=channels)
    return Planned(way, way.route, extras, expires_ms)


def _by_push(
    ground: Ground,
    app: App,
    extras: Extras,
    channels: tuple[str, ...],
    *,
    subject: Subject,
    times: tuple[int, int],
    reached: Reached,
) -> Planned | Refusal:
    kind = extras.app_type or app.type
    rest = tuple(channel for channel in channels or (SMS,) if channel != PUSH)
    push: Way | Refusal = Refusal(
        Reason.NO_CHANNEL, subject.destination, "the number has no device of this app"
    )
    if (app.key, subject.destination) in reached and (not channels or PUSH in channels):
        push = ground.way(subject, (PUSH,))
    later: Way | Refusal | None = None
    if rest and (kind is not MessageType.OTP or isinstance(push, Refusal)):
        later = ground.way(subject, rest)
    if isinstance(later, Way) and not _goes_at_once(push, ground.health):
        return _plain(later, extras, rest, times[1])
    if isinstance(push, Refusal):
        return later if isinstance(later, Refusal) else push
    start = times[0] or ground.now_ms
    route = later.route.name if isinstance(later, Way) else ""
    hybrid = _turn(kind, start, times[1], app.wait_ms(kind), (rest, route))
    extras = msgspec.structs.replace(extras, app=app.key, channels=(PUSH,), hybrid=hybrid)
    priced_by = push.route
    if isinstance(later, Way) and later.route.price > priced_by.price:
        priced_by = later.route
    return Planned(push, priced_by, extras, hybrid.until_ms if hybrid is not None else times[1])


def _goes_at_once(push: Way | Refusal, health: HealthOf) -> bool:
    return isinstance(push, Way) and health(push.connector) >= Health.SLOWED


def _turn(
    kind: MessageType, start_ms: int, expires_ms: int, wait_ms: int, then: tuple[tuple[str, ...], str]
) -> Hybrid | None:
    """The push's turn, and then by which channels and rule; None where nothing follows and only the validity ends it."""
    channels, route = then
    if kind is MessageType.OTP:
        until = min(start_ms + wait_ms, expires_ms or start_ms + wait_ms)
        return Hybrid(kind, until, until)
    if not route:
        return None
    if expires_ms:
        # Whatever follows must have time of its own.
        wait_ms = min(wait_ms, (expires_ms - start_ms) // 2)
    return Hybrid(kind, start_ms + wait_ms, expires_ms, channels, route)
