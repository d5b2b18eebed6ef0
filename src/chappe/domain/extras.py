"""What a message may carry that only some dialects know: groupings, channels, an app, a tariff. Most carry none of it."""

from __future__ import annotations

import msgspec


class Extras(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One value for all of it, None on a message that has nothing of it, so that others pay nothing.

    `groupings` are the client's own words for counting and searching, three at most. `channels` are the only ones that
    may carry the message, by their canonical names, any where there are none. `app` is the key of the app that gets it by push first.
    `network` (MCC and MNC) and `tariff` are what the client said of them.
    """

    groupings: tuple[str, str, str] = ("", "", "")
    channels: tuple[str, ...] = ()
    app: str = ""
    network: str = ""
    tariff: str = ""
