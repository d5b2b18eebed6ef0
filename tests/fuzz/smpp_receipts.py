"""Receipts V1 to V23 with damage, and random text, against the receipt reader: `smpp_receipts.py [count] [seed]`.

Undamaged ones tell the truth, damaged ones never raise, a subscriber's text forges nothing, random text is none.
"""

import random
import string
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.receipt_variants import VARIANTS, Facts, WrittenReceipt, variant
from chappe.protocols.smpp.receipts import ReceiptFields, read
from chappe.protocols.smpp.times import parse_receipt_date
from chappe.protocols.smpp.tlvs import Tag, find

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = tuple(VARIANTS)
IDS = string.ascii_lowercase + string.digits + "-"
KEYS = ("id:", "stat:", "text:", "err:", "done date:", "sub:", "x:")


def facts(chance: random.Random) -> Facts:
    submitted = BEGINNING + timedelta(seconds=chance.randrange(10**8))
    words = "".join(chance.choice((*KEYS, " ", "a", "REJECTD", "7")) for _ in range(chance.randrange(8)))
    return Facts(
        "".join(chance.choice(IDS) for _ in range(chance.randrange(1, 65))),
        chance.choice(tuple(MessageState)),
        submitted,
        submitted + timedelta(seconds=chance.randrange(10**5)),
        f"{chance.randrange(1000):03}",
        words,
    )


def text_of(written: WrittenReceipt) -> str:
    octets = written.text or find(written.tlvs, Tag.MESSAGE_PAYLOAD) or b""
    return octets.decode("utf-16-be" if written.data_coding == 8 else "latin-1")


def damaged(chance: random.Random, text: str) -> str:
    letters = list(text)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(letters) + 1)
        match chance.randrange(4):
            case 0:
                letters[at : at + 1] = chr(chance.randrange(1, 0x2FF))
            case 1:
                del letters[at : at + chance.randrange(9)]
            case 2:
                letters[at:at] = chance.choice(KEYS)
            case _:
                letters[at:at] = letters[max(0, at - 20) : at]
    return "".join(letters)


def attempt(chance: random.Random, seen: Counter[str]) -> None:
    """One receipt whole, the same damaged, and one text that is none."""
    told = facts(chance)
    name = chance.choice(NAMES)
    written = variant(name, told)
    text = text_of(written)
    found = read(text, written.tlvs)
    assert found is not None, (name, text)
    assert (found.id, found.state) == (written.receipt_id, told.state), (name, text)
    assert not found.conflict
    harm = read(damaged(chance, text), written.tlvs)
    if harm is not None:
        assert harm.id
        assert harm.stat
        parse_receipt_date(harm.done_date)
        parse_receipt_date(harm.submit_date)
    seen["damaged and still a receipt" if isinstance(harm, ReceiptFields) else "damaged and none"] += 1
    other = "".join(
        chr(chance.choice((32, chance.randrange(33, 127), chance.randrange(0x2FFF)))) for _ in range(80)
    )
    assert "id:" in other.lower() or read(other) is None, other


def run(count: int, seed: int) -> Counter[str]:
    """So many rounds; raises at the first surprise."""
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(count):
        attempt(chance, seen)
    return seen


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    rounds = arguments[0] if arguments else 100_000
    print(f"smpp_receipts: {rounds} rounds", dict(run(rounds, arguments[1] if len(arguments) > 1 else 1)))
