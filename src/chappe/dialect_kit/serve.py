"""From a request to its response: finds the endpoint, authenticates, asks the core, renders. The same for every dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from chappe.dialect_kit.contract import (
    Ask,
    BadRequest,
    Balance,
    BalanceAsk,
    Credentials,
    Dialect,
    Endpoint,
    EstimateAsk,
    Outcome,
    PlainAsk,
    SubmitAsk,
)
from chappe.dialect_kit.core import Core
from chappe.domain.refusal import Reason, Refusal, Refused, refuse
from chappe.pipeline.authenticate import Login
from chappe.ports.store import StoreBusy
from chappe.protocols.http.messages import HttpRequest, HttpResponse

NOT_FOUND = HttpResponse(404, b"Not found", "text/plain; charset=utf-8")


class Serve:
    """Answers requests of all dialects that are switched on. Never raises: a fault of ours gets the dialect's answer."""

    def __init__(
        self, core: Core, dialects: Iterable[Dialect], fault: Callable[[str, BaseException], None]
    ) -> None:
        """`fault` is told of an exception that nobody foresaw, with the dialect's name."""
        self._core = core
        self._fault = fault
        self._paths: dict[str, tuple[Dialect, Mapping[str, Endpoint]]] = {}
        for dialect in dialects:
            for endpoint in dialect.endpoints:
                known = self._paths.get(endpoint.path)
                if known is not None and known[0] is not dialect:
                    raise ValueError(f"{dialect.name} and {known[0].name} both want {endpoint.path}")
                methods = dict(known[1]) if known else {}
                twice = methods.keys() & set(endpoint.methods)
                if twice:
                    raise ValueError(f"{dialect.name} serves {' '.join(sorted(twice))} {endpoint.path} twice")
                methods.update(dict.fromkeys(endpoint.methods, endpoint))
                self._paths[endpoint.path] = (dialect, methods)

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """The response to a request."""
        found = self._paths.get(request.path)
        if found is None:
            return NOT_FOUND
        dialect, methods = found
        endpoint = methods.get(request.method)
        try:
            if endpoint is None:
                return dialect.wrong_method(request)
            ask = endpoint.parse(request)
            if isinstance(ask, PlainAsk):
                return ask.response
            outcome = await self._ask(dialect.name, ask, request)
            return endpoint.render(ask, outcome, self._core.renderer)
        except BadRequest as error:
            return error.response
        except Exception as error:  # noqa: BLE001 - a client gets its dialect's answer to whatever went wrong here
            self._fault(dialect.name, error)
            return dialect.fault(request)

    async def _ask(self, dialect: str, ask: Ask, request: HttpRequest) -> Outcome:
        assert not isinstance(ask, PlainAsk)
        core = self._core
        try:
            login = await self._login(ask.credentials, request.address)
            if isinstance(ask, SubmitAsk):
                user = login.credential.username
                return await core.submit.submit(
                    login.account, user, dialect, ask.submissions, whole=ask.whole
                )
            if isinstance(ask, EstimateAsk):
                return self._estimate(login, ask)
            return await self._balance(login, ask)
        except Refused as refused:
            return refused.refusal
        except StoreBusy as busy:
            return Refusal(Reason.STORE_BUSY, text=str(busy))

    async def _login(self, credentials: Credentials, address: str) -> Login:
        authenticator = self._core.authenticator
        now = self._core.clock.monotonic()
        known = authenticator.remembered(credentials.username, credentials.password, address, now)
        if known is not None:
            return known
        return await authenticator.login(credentials.username, credentials.password, address, now)

    def _estimate(self, login: Login, ask: EstimateAsk) -> Outcome:
        if not login.account.may_ask_rate:
            raise refuse(Reason.MAY_NOT_ASK_RATE, login.credential.username)
        return self._core.submit.estimate(login.account, ask.submission)

    async def _balance(self, login: Login, ask: BalanceAsk) -> Outcome:
        del ask
        if not login.account.may_ask_balance:
            raise refuse(Reason.MAY_NOT_ASK_BALANCE, login.credential.username)
        if not login.account.charged:
            return Balance(login.account, None)
        (amount,) = await self._core.ledger.balances([login.account.name])
        return Balance(login.account, amount)
