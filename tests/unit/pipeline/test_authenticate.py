"""Who asks: cheap for those known, slow and bounded for guessers, and nobody locks another out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from chappe.domain.account import Account, Credential, Token, token_digest
from chappe.domain.refusal import Reason, Refused
from chappe.pipeline.authenticate import Authenticator, Login
from chappe.pipeline.directory import Directory, write_entry
from chappe.ports.directory import Entry, Kind
from unit.pipeline.rig import Tally

HOME = "198.51.100.7"
DECOY = "hash of nothing"


class Verifier:
    """Says yes to `hash of <password>` and counts; `hold` keeps all waiting until it is let go."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, secret_hash: str, password: str) -> bool:
        self.calls.append((secret_hash, password))
        await self.gate.wait()
        return secret_hash == f"hash of {password}"


class Door:
    """An authenticator over a directory with two users, and its verifier."""

    def __init__(self, **credential: object) -> None:
        self.directory = Directory()
        self.verifier = Verifier()
        self.meter = Tally()
        self.put(Kind.ACCOUNT, Account(name="acme"))
        self.put(Kind.ACCOUNT, Account(name="off", enabled=False))
        self.credential(**credential)
        self.credential(username="closed", account="off")
        self.authenticator = Authenticator(
            self.directory, self.verifier, self.meter, b"a key of this process only", DECOY
        )

    def put(self, kind: Kind, record: Account | Credential) -> None:
        key = record.username if isinstance(record, Credential) else record.name
        self.directory.apply([write_entry(kind, key, record)])

    def credential(self, **given: object) -> None:
        fields = {"username": "acme", "account": "acme", "secret_hash": "hash of right"}
        self.put(Kind.CREDENTIAL, Credential(**{**fields, **given}))  # type: ignore[arg-type]

    async def login(
        self, password: str = "right", user: str = "acme", at: str = HOME, now: float = 0.0
    ) -> Login:
        return await self.authenticator.login(user, password, at, now)

    async def reason(
        self, password: str = "right", user: str = "acme", at: str = HOME, now: float = 0.0
    ) -> Reason | None:
        try:
            await self.login(password, user, at, now)
        except Refused as refused:
            return refused.refusal.reason
        return None


async def test_the_right_password_opens_and_a_wrong_one_does_not() -> None:
    door = Door()
    assert (await door.login()).account.name == "acme"
    assert await door.reason("wrong") is Reason.BAD_CREDENTIALS
    assert await door.reason("") is Reason.BAD_CREDENTIALS


async def test_a_success_is_remembered_for_five_minutes() -> None:
    door = Door()
    await door.login(now=0.0)
    for now in (0.0, 1.0, 299.0, 300.0):
        assert door.authenticator.remembered("acme", "right", HOME, now) is not None
        await door.login(now=now)
    assert len(door.verifier.calls) == 1
    assert door.authenticator.remembered("acme", "right", HOME, 300.1) is None
    await door.login(now=300.1)
    assert len(door.verifier.calls) == 2


async def test_what_is_remembered_is_one_password_of_one_user() -> None:
    door = Door()
    door.credential(username="other")
    await door.login()
    assert door.authenticator.remembered("acme", "wrong", HOME, 1.0) is None
    assert door.authenticator.remembered("other", "right", HOME, 1.0) is None
    assert door.authenticator.remembered("acme\0right", "", HOME, 1.0) is None
    assert door.authenticator.remembered("nobody", "right", HOME, 1.0) is None


CHANGES: list[tuple[str, Callable[[Door], object]]] = [
    ("new password", lambda door: door.credential(secret_hash="hash of new", version=2)),
    ("made anew", lambda door: door.credential(secret_hash="hash of new")),
    ("credential off", lambda door: door.credential(enabled=False)),
    ("account off", lambda door: door.put(Kind.ACCOUNT, Account(name="acme", enabled=False))),
    ("credential gone", lambda door: door.directory.apply([Entry(Kind.CREDENTIAL, "acme", None)])),
    ("account gone", lambda door: door.directory.apply([Entry(Kind.ACCOUNT, "acme", None)])),
]


@pytest.mark.parametrize("change", [case[1] for case in CHANGES], ids=[case[0] for case in CHANGES])
async def test_a_change_ends_what_was_remembered_at_once(change: Callable[[Door], object]) -> None:
    door = Door()
    await door.login()
    change(door)
    assert door.authenticator.remembered("acme", "right", HOME, 1.0) is None
    assert await door.reason(now=1.0) is Reason.BAD_CREDENTIALS


async def test_a_change_elsewhere_in_the_account_shows_at_once() -> None:
    door = Door()
    await door.login()
    door.put(Kind.ACCOUNT, Account(name="acme", may_send=False))
    found = door.authenticator.remembered("acme", "right", HOME, 1.0)
    assert found is not None
    assert not found.account.may_send


@pytest.mark.parametrize(
    ("user", "password"), [("nobody", "right"), ("acme", "wrong"), ("closed", "right"), ("", "")]
)
async def test_a_stranger_a_wrong_password_and_a_closed_account_go_one_way(user: str, password: str) -> None:
    door = Door()
    assert await door.reason(password, user) is Reason.BAD_CREDENTIALS
    ((secret_hash, tried),) = door.verifier.calls
    assert tried == password
    assert secret_hash == ("hash of right" if user == "acme" else DECOY)
    assert door.meter.by_name["auth_failures"] == 1


async def test_an_unknown_user_stays_out_even_if_the_decoy_were_matched() -> None:
    door = Door()
    assert await door.reason("nothing", "nobody") is Reason.BAD_CREDENTIALS
    assert door.verifier.calls == [(DECOY, "nothing")]


async def test_allow_lists_come_before_any_hash_and_bind_what_is_remembered() -> None:
    door = Door(allow=("198.51.100.0/24",))
    assert await door.reason(at="203.0.113.9") is Reason.ADDRESS_NOT_ALLOWED
    assert door.verifier.calls == []
    await door.login(at=HOME)
    with pytest.raises(Refused):
        door.authenticator.remembered("acme", "right", "203.0.113.9", 1.0)
    door.put(Kind.ACCOUNT, Account(name="acme", allow=("203.0.113.0/24",)))
    assert await door.reason(at=HOME, now=1.0) is Reason.ADDRESS_NOT_ALLOWED


# ---------------------------------------------------------------- guessers


def address(number: int) -> str:
    return f"10.{number >> 8}.{number & 255}.1"


@pytest.mark.parametrize("addresses", [1, 1_000])
async def test_of_ten_thousand_guesses_in_a_minute_fewer_than_100_are_verified(addresses: int) -> None:
    door = Door()
    await door.login(now=0.0)
    door.verifier.calls.clear()
    reasons = [
        await door.reason(f"guess {number}", at=address(number % addresses), now=1.0 + number * 60 / 10_000)
        for number in range(10_000)
    ]
    assert 0 < len(door.verifier.calls) < 100
    assert set(reasons) == {Reason.BAD_CREDENTIALS, Reason.TOO_MANY_FAILURES}
    assert door.meter.by_name["auth_throttled"] == 10_000 - len(door.verifier.calls)


@pytest.mark.parametrize("addresses", [1, 1_000])
async def test_many_guesses_at_once_pass_no_more_than_many_in_a_row(addresses: int) -> None:
    door = Door()
    door.verifier.gate.clear()
    guesses = [
        asyncio.ensure_future(door.reason(f"guess {number}", at=address(number % addresses)))
        for number in range(2_000)
    ]
    while not all(guess.done() for guess in guesses) and len(door.verifier.calls) < 100:
        await asyncio.sleep(0)
        if sum(guess.done() for guess in guesses) + len(door.verifier.calls) == 2_000:
            break
    assert len(door.verifier.calls) < 100
    door.verifier.gate.set()
    assert Reason.BAD_CREDENTIALS in await asyncio.gather(*guesses)


async def test_one_password_tried_on_many_users_at_once_is_many_guesses() -> None:
    door = Door()
    door.verifier.gate.clear()
    guesses = [asyncio.ensure_future(door.reason("123456", user=f"user{number}")) for number in range(200)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(door.verifier.calls) == 20
    door.verifier.gate.set()
    await asyncio.gather(*guesses)


async def test_under_attack_the_right_user_still_gets_in_from_where_he_was() -> None:
    door = Door()
    await door.login(now=0.0)
    for number in range(2_000):
        await door.reason(f"guess {number}", at=address(number % 500), now=301.0)
    assert await door.reason("guess", at=address(501), now=301.0) is Reason.TOO_MANY_FAILURES
    assert await door.reason(now=301.0) is None


async def test_a_neighbour_who_guesses_from_the_same_address_locks_nobody_out() -> None:
    door = Door()
    await door.login(now=0.0)
    for number in range(200):
        await door.reason(f"guess {number}", user=f"user{number % 7}", now=301.0)
    assert await door.reason("x", user="user1", now=301.0) is Reason.TOO_MANY_FAILURES
    assert await door.reason(now=301.0) is None


async def test_a_client_left_behind_with_an_old_password_locks_nobody_out() -> None:
    door = Door()
    await door.login(now=0.0)
    for _ in range(200):
        await door.reason("old", now=301.0)
    assert await door.reason("another guess", now=301.0) is Reason.TOO_MANY_FAILURES
    assert await door.reason(now=301.0) is None


async def test_a_client_that_comes_with_many_connections_at_once_is_let_in() -> None:
    door = Door()
    door.verifier.gate.clear()
    logins = [asyncio.ensure_future(door.reason()) for _ in range(200)]
    for _ in range(5):
        await asyncio.sleep(0)
    door.verifier.gate.set()
    assert set(await asyncio.gather(*logins)) == {None}
    assert await door.reason("a typing error", now=1.0) is Reason.BAD_CREDENTIALS


async def test_right_answers_cost_no_tokens() -> None:
    door = Door()
    for number in range(500):
        await door.login(now=number * 301.0, at=HOME)
    assert await door.reason("wrong", now=500 * 301.0) is Reason.BAD_CREDENTIALS


async def test_guesses_are_let_through_again_after_a_while() -> None:
    door = Door()
    while await door.reason("wrong") is Reason.BAD_CREDENTIALS:
        pass
    assert await door.reason("wrong", now=4.0) is Reason.TOO_MANY_FAILURES
    assert await door.reason("right", now=6.0) is None


@pytest.mark.parametrize(
    ("addresses", "at_most"),
    [
        ([f"192.0.2.{number}" for number in range(250)], 100),  # one /24
        ([f"2001:db8:0:{number:x}::1" for number in range(250)], 100),  # one /56
        ([f"2001:db8:{number:x}::1" for number in range(250)], 250),
        (["unix" for _ in range(250)], 20),
    ],
)
async def test_a_neighbourhood_is_limited_over_all_user_names(addresses: list[str], at_most: int) -> None:
    door = Door()
    for number, at in enumerate(addresses):
        await door.reason("guess", user=f"user{number}", at=at)
    assert len(door.verifier.calls) == at_most


async def test_a_long_made_up_name_takes_no_more_memory_than_a_real_one() -> None:
    door = Door()
    for number in range(300):
        await door.reason("guess", user="x" * 50_000 + str(number), at=address(number))
    assert len(door.verifier.calls) == 60


@pytest.mark.parametrize("password", ["\ud83d", "p\0q", "x" * 100_000])
async def test_no_password_makes_it_raise(password: str) -> None:
    door = Door()
    assert await door.reason(password) is Reason.BAD_CREDENTIALS


PRODUCT = "0A1B2C3D-0000-4000-8000-0123456789ab"


def with_token(**given: Any) -> Directory:
    record = Token(**{"name": "cm", "account": "acme", "digest": token_digest(PRODUCT), **given})
    known = Directory()
    known.apply(
        [
            write_entry(Kind.ACCOUNT, "acme", Account(name="acme")),
            write_entry(Kind.TOKEN, "cm", record),
        ]
    )
    return known


async def never(_hash: str, _password: str) -> bool:
    raise AssertionError("a token needs no slow hash")


def test_a_token_is_its_account_in_either_case() -> None:
    doors = Authenticator(with_token(roles=("Admin",)), never, Tally(), b"k" * 32, "decoy")
    for text in (PRODUCT, PRODUCT.upper()):
        login = doors.by_token(text, "198.51.100.7", 0.0)
        assert (login.account.name, login.credential.username, login.credential.roles) == (
            "acme",
            "cm",
            ("Admin",),
        )


@pytest.mark.parametrize(
    ("given", "text", "reason"),
    [
        ({}, "", Reason.BAD_CREDENTIALS),
        ({}, "no such token", Reason.BAD_CREDENTIALS),
        ({"enabled": False}, PRODUCT, Reason.BAD_CREDENTIALS),
        ({"account": "gone"}, PRODUCT, Reason.BAD_CREDENTIALS),
        ({"allow": ("192.0.2.0/24",)}, PRODUCT, Reason.ADDRESS_NOT_ALLOWED),
    ],
)
def test_a_token_that_does_not_serve(given: dict[str, Any], text: str, reason: Reason) -> None:
    doors = Authenticator(with_token(**given), never, Tally(), b"k" * 32, "decoy")
    with pytest.raises(Refused) as caught:
        doors.by_token(text, "198.51.100.7", 0.0)
    assert caught.value.refusal.reason is reason


def test_who_guesses_tokens_is_slowed() -> None:
    doors = Authenticator(with_token(), never, Tally(), b"k" * 32, "decoy")
    reasons = []
    for _ in range(30):
        with pytest.raises(Refused) as caught:
            doors.by_token("guess", "198.51.100.7", 0.0)
        reasons.append(caught.value.refusal.reason)
    assert reasons[0] is Reason.BAD_CREDENTIALS
    assert reasons[-1] is Reason.TOO_MANY_FAILURES
    assert doors.by_token(PRODUCT, "198.51.100.7", 0.0).account.name == "acme"


# ---------------------------------------------------------------- sessions


def by_session(directory: Directory, name: str, secret: str, address: str = "198.51.100.7") -> Login | Reason:
    doors = Authenticator(directory, never, Tally(), b"k" * 32, "decoy")
    try:
        return doors.by_session(name, lambda one: one.secret_hash == secret, address)
    except Refused as refused:
        return refused.refusal.reason


def test_a_session_stands_for_a_token_or_a_user_by_the_secret_of_then() -> None:
    directory = with_token()
    digest = directory.tokens["cm"].digest
    # A user that is called as the token is: which of the two is meant is told by the secret.
    directory.apply(
        [write_entry(Kind.CREDENTIAL, "cm", Credential(username="cm", account="acme", secret_hash="h"))]
    )
    for secret in (digest, "h"):
        login = by_session(directory, "cm", secret)
        assert isinstance(login, Login)
        assert login.credential.secret_hash == secret
    assert by_session(directory, "cm", "another") is Reason.BAD_CREDENTIALS
    assert by_session(directory, "nobody", "h") is Reason.BAD_CREDENTIALS


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"enabled": False}, Reason.BAD_CREDENTIALS),
        ({"account": "gone"}, Reason.BAD_CREDENTIALS),
        ({"allow": ("192.0.2.0/24",)}, Reason.ADDRESS_NOT_ALLOWED),
    ],
)
def test_a_session_serves_no_longer_than_its_token(given: dict[str, Any], reason: Reason) -> None:
    directory = with_token(**given)
    assert by_session(directory, "cm", directory.tokens["cm"].digest) is reason
