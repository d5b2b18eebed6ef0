"""Random and damaged PDUs against the SMPP codec: `smpp_pdus.py [count] [seed]`.

Nothing but DecodeError may come out, what is read must be written and read again, the hand-written path must agree
with the tables, and no PDU may cost more than a millisecond or a mebibyte.
"""

import random
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable

from chappe.protocols.smpp.codec import DecodeError, decode, decode_by_table, encode
from chappe.protocols.smpp.commands import BODIES
from chappe.protocols.smpp.destinations import (
    Destinations,
    DistributionList,
    SmeAddress,
    Unsuccessful,
    UnsuccessSme,
)
from chappe.protocols.smpp.fields import COctet, CountedOctets, FieldError, FieldKind, Integer
from chappe.protocols.smpp.framing import Framer
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.tlvs import PARAMETERS, TlvError

SLOWEST = 1e-3
LARGEST = 1 << 20
CLASSES = tuple(BODIES.values())
TAGS = tuple(PARAMETERS)


def string(chance: random.Random, maximum: int) -> str:
    size = chance.choice((0, 0, 1, maximum - 1, chance.randrange(maximum)))
    return "".join(chr(chance.randrange(1, 256)) for _ in range(size))


def value(chance: random.Random, kind: FieldKind) -> object:
    match kind:
        case Integer(octets):
            return chance.choice((0, 1, 256**octets - 1, chance.randrange(256**octets)))
        case COctet(maximum):
            return string(chance, maximum)
        case CountedOctets(maximum):
            return chance.randbytes(chance.choice((0, 1, maximum, chance.randrange(maximum))))
        case Destinations():
            makers = (
                lambda: SmeAddress(string(chance, 21), 1, 1),
                lambda: DistributionList(string(chance, 21)),
            )
            return tuple(chance.choice(makers)() for _ in range(chance.choice((1, 2, 254))))
        case Unsuccessful():
            count = chance.choice((0, 1, 255))
            return tuple(UnsuccessSme(string(chance, 21), chance.randrange(1 << 32)) for _ in range(count))
    raise AssertionError(kind)


def random_pdu(chance: random.Random) -> Pdu:
    """A PDU that can be written, often at the limits of its fields."""
    kind = chance.choice(CLASSES)
    body = kind(**{field.name: value(chance, field.kind) for field in kind.layout})
    tlvs = []
    for _ in range(chance.choice((0, 0, 1, 3, 9))):
        tag = chance.choice((*TAGS, chance.randrange(0x1400, 0x4000)))
        row = PARAMETERS.get(tag)
        low, high = (0, 300) if row is None else (row.low, min(row.high, 3000))
        tlvs.append((int(tag), chance.randbytes(chance.randint(low, high))))
    return Pdu(body.command, chance.choice((0, 0, 8, 0x400)), chance.randrange(1 << 32), body, tuple(tlvs))


def damaged(chance: random.Random, octets: bytes) -> bytes:
    """The same frame with a few octets changed, cut, doubled or added, and command_length true again."""
    frame = bytearray(octets)
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(4, len(frame) + 1)
        match chance.randrange(5):
            case 0:
                frame[at : at + 1] = chance.randbytes(1)
            case 1:
                frame[at:at] = chance.randbytes(chance.randrange(40))
            case 2:
                del frame[max(at, 16) :]
            case 3:
                frame[at:at] = frame[at : at + 30]
            case _:
                frame[4:8] = int(chance.choice(CLASSES).command).to_bytes(4, "big")
    frame[:4] = len(frame).to_bytes(4, "big")
    return bytes(frame)


def noise(chance: random.Random) -> bytes:
    """Random octets behind a header that is right, of a known command or of any."""
    body = chance.randbytes(chance.choice((0, 5, 40, 300)))
    command = chance.choice((int(chance.choice(CLASSES).command), chance.randrange(1 << 32)))
    return b"".join(n.to_bytes(4, "big") for n in (16 + len(body), command, 0, 1)) + body


def outcome(read: Callable[[bytes], Pdu], frame: bytes) -> Pdu | int:
    try:
        return read(frame)
    except DecodeError as bad:
        return bad.error
    except (FieldError, TlvError) as bad:
        return bad.status


def by_table(frame: bytes) -> Pdu:
    return decode_by_table(frame, *(int.from_bytes(frame[at : at + 4], "big") for at in (4, 8, 12)))


def attempt(chance: random.Random, seen: Counter[str]) -> float:
    """One round; returns the seconds that reading took."""
    pdu = random_pdu(chance)
    octets = encode(pdu)
    assert decode(octets) == pdu, octets.hex()
    frame = chance.choice((damaged(chance, octets), damaged(chance, octets), noise(chance)))
    began = time.thread_time()
    found = outcome(decode, frame)
    took = time.thread_time() - began
    assert found == outcome(by_table, frame), frame.hex()
    if isinstance(found, Pdu):
        again = encode_if_possible(found)
        assert again is None or decode(again) == found, frame.hex()
    seen["read" if isinstance(found, Pdu) else f"0x{found:02X}"] += 1
    framer = Framer(66_560)
    cut = chance.randrange(len(octets) + 1)
    assert framer.feed(octets[:cut]) + framer.feed(octets[cut:]) == [octets]
    return took


def encode_if_possible(pdu: Pdu) -> bytes | None:
    """Responses are read leniently, so that one with a string too long cannot be written by us."""
    try:
        return encode(pdu)
    except ValueError:
        assert pdu.is_response
        return None


def peak_of(chance: random.Random, rounds: int) -> int:
    """The most octets that reading one PDU allocated."""
    most = 0
    tracemalloc.start()
    try:
        for _ in range(rounds):
            frame = damaged(chance, encode(random_pdu(chance)))
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            outcome(decode, frame)
            most = max(most, tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    return most


def run(count: int, seed: int) -> Counter[str]:
    """So many rounds; raises AssertionError at the first surprise."""
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    slow = sum(attempt(chance, seen) > SLOWEST for _ in range(count))
    # Processor time, so that neighbours do not count; the garbage collector may fall into a round or two.
    assert slow <= 2 + count // 10_000, f"{slow} PDUs took more than {SLOWEST} s"
    peak = peak_of(chance, min(count, 2_000))
    assert peak < LARGEST, f"a PDU took {peak} octets"
    seen["slow"] = slow
    seen["peak octets"] = peak
    return seen


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    rounds = arguments[0] if arguments else 100_000
    print(
        f"smpp_pdus: {rounds} rounds",
        dict(run(rounds, arguments[1] if len(arguments) > 1 else 1).most_common()),
    )
