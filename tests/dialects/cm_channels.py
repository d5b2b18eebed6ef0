"""The CM rig with a connector of every channel, one of them down, and an app: what clients of channels are tested against."""

from __future__ import annotations

from typing import Any

from chappe.domain.app import App
from chappe.domain.channel import CHANNELS
from chappe.domain.link import ConnectorRecord, Health
from chappe.domain.routing import Route, Target
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from dialects.cm_rig import Cm

APP_KEY = "11111111-2222-3333-4444-555555555555"
SECRET = "the-secret-of-the-app"
APP = App(key=APP_KEY, name="shop", account="shop", secret=SECRET)
NOT_SET_UP = "twitter"
DOWN = "line"


def records() -> list[Any]:
    """A connector `to-x` for each channel but one, by a route for each."""
    names = sorted(CHANNELS - {NOT_SET_UP})
    return [
        *(
            write_entry(Kind.CONNECTOR, f"to-{name}", ConnectorRecord(name=f"to-{name}", channel=name))
            for name in names
        ),
        *(
            write_entry(
                Kind.ROUTE,
                f"by-{name}",
                Route(
                    name=f"by-{name}",
                    order=90 if name == "sms" else 80,
                    targets=(Target(connector=f"to-{name}"),),
                    price=10_000,
                    wait_when_down=name != DOWN,
                ),
            )
            for name in names
        ),
        write_entry(Kind.APP, APP_KEY, APP),
        write_entry(
            Kind.APP,
            APP_KEY.replace("1", "9"),
            App(key=APP_KEY.replace("1", "9"), name="other", account="gone", secret=SECRET),
        ),
    ]


class Channels(Cm):
    """The rig with every channel set up."""

    def __init__(self) -> None:
        super().__init__()
        self.directory.apply(records())
        self.submit._health = lambda name: Health.DOWN if name == f"to-{DOWN}" else Health.UP
