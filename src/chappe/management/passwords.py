"""Passwords: made by chance, hashed with Argon2id, verified a few at a time so that guessers cannot eat the processor."""

from __future__ import annotations

import asyncio
import secrets
import string
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_ALPHABET: Final = string.ascii_letters + string.digits
_AT_ONCE: Final = 4
_MEMORY_KIB: Final = 19_456
_PASSES: Final = 2

SMPP_LENGTH: Final = 8
"""SMPP 3.4 §4.1.1 leaves a bind 8 octets of password; 62^8 are too many to guess at the rate we let pass."""


def random_password(length: int = SMPP_LENGTH) -> str:
    """A password of letters and digits, short enough for a bind unless asked for longer."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


class Passwords:
    """Hashes and verifies in threads of its own."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=1)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="chappe-argon2")
        self._under_way: dict[tuple[str, str], asyncio.Future[bool]] = {}

    def hash(self, password: str) -> str:
        """The Argon2id hash of a password, salt included."""
        return self._hasher.hash(password)

    def matches(self, secret_hash: str, password: str) -> bool:
        """Whether they belong together."""
        try:
            return self._hasher.verify(secret_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def verify(self, secret_hash: str, password: str) -> bool:
        """`matches` without holding the event loop; the same question asked meanwhile shares its answer."""
        question = (secret_hash, password)
        answer = self._under_way.get(question)
        if answer is None:
            answer = asyncio.get_running_loop().run_in_executor(self._pool, self.matches, *question)
            self._under_way[question] = answer
            answer.add_done_callback(lambda _: self._under_way.pop(question, None))
        return await asyncio.shield(answer)

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)
