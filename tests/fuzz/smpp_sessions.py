"""Random and damaged streams against an SMPP session of either role: `smpp_sessions.py [count] [seed]`.

No exception may come out, what a session sends must be readable, it may never answer a response, and after
`Closing` nothing may be open.
"""

import random
import sys
from collections import Counter
from pathlib import Path

from chappe.protocols.smpp.codec import decode, encode
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import BindTransceiver, BindTransceiverResp, DeliverSm, SubmitSm
from chappe.protocols.smpp.events import (
    Answer,
    BindRequested,
    Closing,
    Event,
    Expired,
    Reason,
    Refused,
    Request,
    Settings,
    Unknown,
)
from chappe.protocols.smpp.framing import Framer
from chappe.protocols.smpp.lifecycle import NotBoundError
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.session import Session, WindowFullError
from chappe.protocols.smpp.states import Role, State

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
from fuzz.smpp_pdus import damaged, noise, random_pdu

SETTINGS = Settings(window_out=4, window_in=4, throttle_mark=8)
FEWER_TORN = 30


class Owner:
    """Plays the owner of one session and keeps the books."""

    def __init__(self, role: Role, chance: random.Random, seen: Counter[str]) -> None:
        self.session = Session(role, SETTINGS, 0.0)
        self.chance = chance
        self.seen = seen
        self.now = 0.0
        self.asked: list[Pdu] = []
        self.open: set[int] = set()
        self.tokens = 0
        self.numbers: list[int] = []
        if role is Role.ESME:
            self.session.bind(BindTransceiver("a", "b"), 0.0)

    def hear(self, events: list[Event]) -> None:
        for event in events:
            self.seen[type(event).__name__] += 1
            match event:
                case BindRequested(pdu):
                    if self.chance.random() < 0.8:
                        self.session.accept_bind(pdu, system_id="s", now=self.now)
                    else:
                        self.session.refuse_bind(pdu, 0x0D)
                case Request(pdu):
                    self.asked.append(pdu)
                case Answer(_, token) | Expired(token) | Unknown(token):
                    assert isinstance(token, int)
                    self.open.remove(token)
                case Refused():
                    self.seen[event.detail.value] += 1
                case Closing():
                    assert event is events[-1]
                    assert not self.open
                    assert self.session.outstanding == self.session.inbound_open == 0

    def act(self) -> None:
        """Something that an owner might do now."""
        match self.chance.randrange(4):
            case 0 if self.asked:
                pdu = self.asked.pop(self.chance.randrange(len(self.asked)))
                self.session.respond(pdu, self.chance.choice((0, 8)))
            case 1:
                self.now += self.chance.choice((0.1, 5.0, 35.0))
                self.hear(self.session.tick(self.now))
            case 2 if self.chance.random() < 0.05:
                self.hear(self.session.unbind(self.now))
            case _:
                body = SubmitSm() if self.session.role is Role.ESME else DeliverSm()
                try:
                    self.numbers.append(self.session.request(body, token=self.tokens, now=self.now))
                except (NotBoundError, WindowFullError):
                    return
                self.open.add(self.tokens)
                self.tokens += 1

    def check_outgoing(self) -> None:
        """Whatever went out can be read."""
        framer = Framer(1 << 20)
        for frame in framer.feed(self.session.take_outgoing()):
            decode(frame)
        assert framer.error is None
        assert not framer.incomplete


def stream(owner: Owner) -> bytes:
    """A few PDUs of the peer, some fitting what is open, some damaged."""
    chance = owner.chance
    frames = []
    for _ in range(chance.randrange(1, 6)):
        pdu = random_pdu(chance)
        if chance.random() < 0.3:
            opening = owner.session.state is State.OPEN
            body = BindTransceiver("x", "y") if opening else chance.choice((SubmitSm(), DeliverSm()))
            pdu = Pdu(body.command, 0, chance.randrange(1, 9), body)
        elif owner.session.state is State.BINDING and chance.random() < 0.5:
            pdu = Pdu(BindTransceiverResp.command, 0, 1, BindTransceiverResp("s"))
        elif pdu.is_response and owner.numbers:
            pdu = Pdu(pdu.command, pdu.status, chance.choice(owner.numbers[-6:]), pdu.body, pdu.tlvs)
        elif pdu.command == Command.UNBIND and chance.random() < 0.8:
            continue
        frame = encode(pdu)
        if chance.random() < 0.2:
            frame = damaged(chance, frame)
        elif chance.random() < 0.1:
            frame = noise(chance)
        frames.append(frame)
    octets = bytearray(b"".join(frames))
    if octets and chance.randrange(FEWER_TORN) == 0:
        octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
    return bytes(octets)


def attempt(chance: random.Random, seen: Counter[str]) -> None:
    """One session from its beginning to its end."""
    owner = Owner(chance.choice(tuple(Role)), chance, seen)
    for _ in range(chance.randrange(1, 30)):
        octets = stream(owner)
        at = 0
        while at < len(octets):
            size = chance.choice((1, 7, 100, 5000))
            owner.hear(owner.session.receive(octets[at : at + size], owner.now))
            at += size
        owner.act()
        owner.check_outgoing()
        owner.now += 0.01
    owner.hear(owner.session.close(Reason.DISCONNECTED))
    assert owner.session.state is State.CLOSED
    assert not owner.open


def responses_alone(chance: random.Random) -> None:
    """A peer that sends nothing but responses, good and bad, hears nothing at all."""
    one = Session(chance.choice(tuple(Role)), SETTINGS, 0.0)
    for _ in range(10):
        frame = bytearray(damaged(chance, encode(random_pdu(chance))))
        frame[4] |= 0x80
        if len(frame) <= SETTINGS.limit_before_bind:
            one.receive(bytes(frame), 0.0)
    assert one.outgoing_size == 0


def run(count: int, seed: int) -> Counter[str]:
    """So many sessions; raises at the first surprise."""
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(count):
        attempt(chance, seen)
        responses_alone(chance)
    return seen


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    rounds = (arguments[0] if arguments else 100_000) // 20
    print(
        f"smpp_sessions: {rounds} sessions",
        dict(run(rounds, arguments[1] if len(arguments) > 1 else 1).most_common()),
    )
