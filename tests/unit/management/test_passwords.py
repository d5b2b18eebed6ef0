"""Passwords: random, hashed with Argon2id, verified beside the event loop, the same question once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from chappe.management.passwords import Passwords, random_password


@pytest.fixture(scope="module")
def passwords() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


@pytest.fixture(scope="module")
def hashed(passwords: Passwords) -> str:
    return passwords.hash("rightpw1")


def test_random_ones_fit_a_bind_and_do_not_repeat() -> None:
    made = {random_password() for _ in range(500)}
    assert len(made) == 500
    assert {len(one) for one in made} == {8}
    assert all(one.isascii() and one.isalnum() for one in made)
    assert len(random_password(30)) == 30


def test_the_hash_is_argon2id_with_a_salt_and_our_cost(passwords: Passwords, hashed: str) -> None:
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert "rightpw1" not in hashed
    assert passwords.hash("rightpw1") != hashed


@pytest.mark.parametrize(
    ("password", "right"), [("rightpw1", True), ("wrongpw1", False), ("", False), ("rightpw1 ", False)]
)
async def test_only_the_right_one_is_verified(
    passwords: Passwords, hashed: str, password: str, right: bool
) -> None:
    assert passwords.matches(hashed, password) is right
    assert await passwords.verify(hashed, password) is right


@pytest.mark.parametrize("damaged", ["", "x", "$argon2id$", "rightpw1"])
async def test_a_hash_that_is_none_matches_nothing(passwords: Passwords, damaged: str) -> None:
    assert await passwords.verify(damaged, "rightpw1") is False


class Counting(Passwords):
    """Counts how often it really computes."""

    computed = 0

    def matches(self, secret_hash: str, password: str) -> bool:
        self.computed += 1
        return super().matches(secret_hash, password)


async def test_the_same_question_asked_meanwhile_is_computed_once(hashed: str) -> None:
    counting = Counting()
    answers = await asyncio.gather(*(counting.verify(hashed, "rightpw1") for _ in range(20)))
    assert answers == [True] * 20
    assert counting.computed == 1
    assert await counting.verify(hashed, "wrongpw1") is False
    assert counting.computed == 2
    counting.close()


async def test_one_who_leaves_takes_the_answer_from_nobody(hashed: str) -> None:
    counting = Counting()
    leaving, staying = (asyncio.ensure_future(counting.verify(hashed, "rightpw1")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying is True
    assert leaving.cancelled()
    assert counting.computed == 1
    counting.close()
