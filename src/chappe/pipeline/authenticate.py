"""Who asks: user name, password and address to an account, cheaply for those known, slowly for guessers."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from chappe.domain.account import MAX_USERNAME, Account, Credential, may_come_from, token_digest
from chappe.domain.refusal import Reason, refuse
from chappe.domain.throttle import TokenBucket
from chappe.pipeline.directory import Directory
from chappe.ports.meter import Meter

Verify = Callable[[str, str], Awaitable[bool]]
"""(hash, password) -> whether they belong together; slow by intent, and bounded in how many run at once."""

_REMEMBERED_SECONDS: Final = 300.0
_WELCOME_SECONDS: Final = 86_400.0
_MOST_REMEMBERED: Final = 100_000
_MOST_BUCKETS: Final = 50_000


class Login(msgspec.Struct, frozen=True, gc=False):
    """Who is asking."""

    account: Account
    credential: Credential


class _Remembered(msgspec.Struct, frozen=True, gc=False):
    digest: bytes
    version: int
    secret_hash: str
    until: float

    def is_of(self, credential: Credential) -> bool:
        """Whether the credential is still the one that was verified, not changed and not made anew."""
        return (self.version, self.secret_hash) == (credential.version, credential.secret_hash)


class _Guesses:
    """Token buckets of guesses by key; the longest unused goes when there are too many."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def open(self, key: str, now: float) -> bool:
        """Whether this key may try."""
        bucket = self._buckets.get(key)
        return bucket is None or bucket.available(now) >= 1

    def take(self, key: str, now: float) -> None:
        """Counts a guess."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(self._per_second, self._burst, now)
            if len(self._buckets) > _MOST_BUCKETS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        bucket.take(1, now)

    def give_back(self, key: str) -> None:
        """It was no guess after all."""
        bucket = self._buckets.get(key)
        if bucket is not None:
            bucket.give_back(1)


_Keys = tuple[tuple[_Guesses, str], ...]


class Authenticator:
    """Checks passwords. A success is remembered for five minutes under a keyed digest, in memory only.

    Guessing is slowed before any hash is computed: by address, by its neighbourhood, by user name, and by the
    pair. Each guess takes its tokens before it is verified, so that many at once pass no more than many in a row,
    and gets them back if it was right. A password that was right before takes none, and an address that this user
    lately came in from passes all limits but the pair's, so that nobody can lock another out.
    """

    def __init__(
        self, directory: Directory, verify: Verify, meter: Meter, key: bytes, decoy_hash: str
    ) -> None:
        self._directory = directory
        self._verify = verify
        self._meter = meter
        self._key = key
        self._decoy_hash = decoy_hash
        self._known: OrderedDict[str, _Remembered] = OrderedDict()
        self._by_address = _Guesses(0.5, 20)
        self._by_network = _Guesses(2.0, 100)
        self._by_user = _Guesses(0.5, 60)
        self._by_pair = _Guesses(0.2, 10)
        self._under_way: dict[bytes, int] = {}
        self._welcome: OrderedDict[tuple[str, str], float] = OrderedDict()

    def remembered(self, username: str, password: str, address: str, now: float) -> Login | None:
        """The login if it was verified lately and nothing about it changed since; costs microseconds."""
        known = self._known.get(username)
        if known is None or known.until < now:
            return None
        login = self._find(username)
        if login is None or not known.is_of(login.credential):
            return None
        if not hmac.compare_digest(self._digest(username, password), known.digest):
            return None
        self._check(login, address)
        return login

    async def login(self, username: str, password: str, address: str, now: float) -> Login:
        """The login behind a name and password; raises Refused. `address` is the client's, without port.

        A wrong name, a wrong password and a disabled account take the same way and the same time.
        """
        known = self.remembered(username, password, address, now)
        if known is not None:
            return known
        login = self._find(username)
        if login is not None:
            self._check(login, address)
        digest = self._digest(username, password)
        keys = () if self._is_no_guess(login, digest) else self._keys(username, address, now)
        if not all(guesses.open(key, now) for guesses, key in keys):
            self._meter.count("auth_throttled")
            raise refuse(Reason.TOO_MANY_FAILURES, username)
        for guesses, key in keys:
            guesses.take(key, now)
        secret_hash = login.credential.secret_hash if login else self._decoy_hash
        right = await self._is_right(secret_hash, password, digest)
        if login is None or not right:
            self._meter.count("auth_failures")
            raise refuse(Reason.BAD_CREDENTIALS, username)
        for guesses, key in keys:
            guesses.give_back(key)
        self._remember(login, digest, address, now)
        return login

    def by_token(self, token: str, address: str, now: float) -> Login:
        """The login behind a token; raises Refused. Guesses are counted by address and its neighbourhood."""
        record = self._directory.tokens_by_digest.get(token_digest(token))
        account = self._directory.accounts.get(record.account) if record and record.enabled else None
        if record is not None and account is not None and self._directory.is_enabled(account):
            login = Login(account, record.credential)
            self._check(login, address)
            return login
        keys = ((self._by_address, address), (self._by_network, _neighbourhood(address)))
        if not all(guesses.open(key, now) for guesses, key in keys):
            self._meter.count("auth_throttled")
            raise refuse(Reason.TOO_MANY_FAILURES)
        for guesses, key in keys:
            guesses.take(key, now)
        self._meter.count("auth_failures")
        raise refuse(Reason.BAD_CREDENTIALS)

    def by_session(self, name: str, is_current: Callable[[Credential], bool], address: str) -> Login:
        """The login that a signed session stands for, a user's or a token's by name; raises Refused.

        `is_current` says whether its secret is still the one of then. Nothing is guessed here: the session was
        verified.
        """
        token = self._directory.tokens.get(name)
        account = self._directory.accounts.get(token.account) if token and token.enabled else None
        of_token = Login(account, token.credential) if token and account else None
        for login in (self._find(name), of_token):
            if (
                login is not None
                and self._directory.is_enabled(login.account)
                and is_current(login.credential)
            ):
                self._check(login, address)
                return login
        self._meter.count("auth_failures")
        raise refuse(Reason.BAD_CREDENTIALS)

    def _find(self, username: str) -> Login | None:
        credential = self._directory.credentials.get(username)
        if credential is None or not credential.enabled:
            return None
        account = self._directory.accounts.get(credential.account)
        if account is None or not self._directory.is_enabled(account):
            return None
        return Login(account, credential)

    @staticmethod
    def _check(login: Login, address: str) -> None:
        if (login.account.allow or login.credential.allow) and not may_come_from(
            login.account, login.credential, address
        ):
            raise refuse(Reason.ADDRESS_NOT_ALLOWED, login.credential.username)

    async def _is_right(self, secret_hash: str, password: str, digest: bytes) -> bool:
        self._under_way[digest] = self._under_way.get(digest, 0) + 1
        try:
            return await self._verify(secret_hash, password)
        finally:
            others = self._under_way.pop(digest) - 1
            if others:
                self._under_way[digest] = others

    def _is_no_guess(self, login: Login | None, digest: bytes) -> bool:
        """Whether nothing can be learnt by it: the same is being verified already, or was right before."""
        if digest in self._under_way:
            return True
        known = self._known.get(login.credential.username) if login else None
        return (
            login is not None
            and known is not None
            and known.is_of(login.credential)
            and hmac.compare_digest(known.digest, digest)
        )

    def _keys(self, username: str, address: str, now: float) -> _Keys:
        # No user name is longer; a made-up one must not fill the memory.
        name = username[: MAX_USERNAME + 1]
        pair = (self._by_pair, f"{name}\0{address}")
        if self._welcome.get((username, address), 0.0) > now:
            return (pair,)
        return (
            (self._by_address, address),
            (self._by_network, _neighbourhood(address)),
            (self._by_user, name),
            pair,
        )

    def _remember(self, login: Login, digest: bytes, address: str, now: float) -> None:
        credential = login.credential
        name = credential.username
        self._known[name] = _Remembered(
            digest, credential.version, credential.secret_hash, now + _REMEMBERED_SECONDS
        )
        self._known.move_to_end(name)
        self._welcome[name, address] = now + _WELCOME_SECONDS
        self._welcome.move_to_end((name, address))
        for table in (self._known, self._welcome):
            if len(table) > _MOST_REMEMBERED:
                table.popitem(last=False)

    def _digest(self, username: str, password: str) -> bytes:
        secret = f"{username}\0{password}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(secret, key=self._key, digest_size=32).digest()


def _neighbourhood(address: str) -> str:
    """The /24 of an IPv4 address, the /56 of an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 56), strict=False))
