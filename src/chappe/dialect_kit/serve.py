"""From a request to its response: finds the endpoint, authenticates, asks the core, renders. The same for every dialect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chappe.dialect_kit.contract import (
    EVERYTHING,
    ActAsk,
    Ask,
    BadRequest,
    Balance,
    BalanceAsk,
    BatchAsk,
    BatchCancelAsk,
    BatchStatusAsk,
    Dialect,
    Endpoint,
    EstimateAsk,
    Outcome,
    PlainAsk,
    SessionShown,
    Shown,
    SubmitAsk,
    TokenShown,
)
from chappe.dialect_kit.core import Core
from chappe.dialect_kit.signed_session import verified, version_of
from chappe.domain.refusal import Reason, Refusal, Refused, refuse
from chappe.pipeline.authenticate import Login
from chappe.ports.store import StoreBusy
from chappe.protocols.http.messages import HttpRequest, HttpResponse

NOT_FOUND = HttpResponse(404, b"Not found", "text/plain; charset=utf-8")


class Serve:
    """Answers requests of all dialects that are switched on. Never raises: a fault of ours gets the dialect's answer."""

    def __init__(
        self,
        core: Core,
        dialects: Sequence[Dialect],
        fault: Callable[[str, BaseException], None],
        face: str = EVERYTHING,
    ) -> None:
        """`fault` is told of an exception that nobody foresaw, with the dialect's name.

        Only endpoints that show themselves on listeners of this `face` are served.
        """
        self._core = core
        self._dialects = tuple(dialects)
        self._fault = fault
        self._face = face
        self._paths: dict[str, tuple[Dialect, Mapping[str, Endpoint]]] = {}
        for dialect in dialects:
            for endpoint in dialect.endpoints:
                if endpoint.faces and face not in endpoint.faces:
                    continue
                known = self._paths.get(endpoint.path)
                if known is not None and known[0] is not dialect:
                    raise ValueError(f"{dialect.name} and {known[0].name} both want {endpoint.path}")
                methods = dict(known[1]) if known else {}
                twice = methods.keys() & set(endpoint.methods)
                if twice:
                    raise ValueError(f"{dialect.name} serves {' '.join(sorted(twice))} {endpoint.path} twice")
                methods.update(dict.fromkeys(endpoint.methods, endpoint))
                self._paths[endpoint.path] = (dialect, methods)

    def facing(self, face: str) -> Serve:
        """The same for listeners of one face. Raises ValueError for one that no endpoint has."""
        if face not in self.faces():
            raise ValueError(f"there is no face {face!r}, only {', '.join(self.faces())}")
        return Serve(self._core, self._dialects, self._fault, face)

    def faces(self) -> list[str]:
        """The faces that endpoints have."""
        known = {face for dialect in self._dialects for each in dialect.endpoints for face in each.faces}
        return sorted(known - {EVERYTHING})

    def _missing(self, request: HttpRequest) -> HttpResponse:
        for dialect in self._dialects:
            response = dialect.not_found(request, self._face)
            if response is not None:
                return response
        return NOT_FOUND

    def _under(self, folder: str) -> tuple[Dialect, Mapping[str, Endpoint]] | None:
        """What answers for everything below a path, the longest first."""
        while True:
            found = self._paths.get(f"{folder}/**")
            if found is not None or not folder:
                return found
            folder = folder.rpartition("/")[0]

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """The response to a request."""
        found = self._paths.get(request.path)
        if found is None:
            folder, _, last = request.path.rpartition("/")
            found = self._paths.get(f"{folder}/*") if last else None
            if found is None:
                found = self._under(folder)
            if found is None:
                return self._missing(request)
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
            self._core.meter.count("http_bad_requests", dialect.name)
            return error.response
        except Exception as error:  # noqa: BLE001 - a client gets its dialect's answer to whatever went wrong here
            self._core.meter.count("http_faults", dialect.name)
            self._fault(dialect.name, error)
            return dialect.fault(request)

    async def _ask(self, dialect: str, ask: Ask, request: HttpRequest) -> Outcome:
        assert not isinstance(ask, PlainAsk)
        core = self._core
        try:
            if isinstance(ask, ActAsk):
                who = None if ask.credentials is None else await self._login(ask.credentials, request.address)
                return await ask.act(core, who, request)
            login = await self._login(ask.credentials, request.address)
            if isinstance(ask, SubmitAsk):
                user = login.credential.username
                return await core.submit.submit(
                    login.account, user, dialect, ask.submissions, whole=ask.whole
                )
            if isinstance(ask, EstimateAsk | BalanceAsk):
                told = await (
                    self._balance(login, ask) if isinstance(ask, BalanceAsk) else self._estimate(login, ask)
                )
                core.meter.count("http_answered", dialect)
                return told
            return await self._batch(login, dialect, ask)
        except Refused as refused:
            core.meter.count("http_refused", f"{dialect}:{refused.refusal.reason.word}")
            return refused.refusal
        except StoreBusy as busy:
            core.meter.count("http_refused", f"{dialect}:{Reason.STORE_BUSY.word}")
            return Refusal(Reason.STORE_BUSY, text=str(busy))

    async def _login(self, credentials: Shown, address: str) -> Login:
        authenticator = self._core.authenticator
        now = self._core.clock.monotonic()
        if isinstance(credentials, TokenShown):
            return authenticator.by_token(credentials.token, address, now)
        if isinstance(credentials, SessionShown):
            key, now_ms = self._core.services.seal_key, self._core.clock.now_ms()
            session = verified(key, credentials.use, credentials.session, now_ms)
            if session is None:
                raise refuse(Reason.BAD_CREDENTIALS)
            return authenticator.by_session(
                session.user, lambda one: version_of(one) == session.version, address
            )
        known = authenticator.remembered(credentials.username, credentials.password, address, now)
        if known is not None:
            return known
        return await authenticator.login(credentials.username, credentials.password, address, now)

    async def _estimate(self, login: Login, ask: EstimateAsk) -> Outcome:
        if not login.account.may_ask_rate:
            raise refuse(Reason.MAY_NOT_ASK_RATE, login.credential.username)
        submit = self._core.submit
        (asked,) = await submit.intercepted(login.account, login.credential.username, [ask.submission])
        return asked if isinstance(asked, Refusal) else submit.estimate(login.account, asked)

    async def _batch(
        self, login: Login, dialect: str, ask: BatchAsk | BatchStatusAsk | BatchCancelAsk
    ) -> Outcome:
        batches, account = self._core.batches, login.account
        if isinstance(ask, BatchAsk):
            return await batches.take(account, login.credential.username, dialect, ask.batch)
        batch_id = self._core.renderer.parse(ask.batch_id)
        if batch_id is None:
            raise refuse(Reason.NOT_FOUND, text="no such batch")
        if isinstance(ask, BatchCancelAsk):
            return await batches.cancel(account.name, batch_id)
        return await batches.find(account.name, batch_id)

    async def _balance(self, login: Login, ask: BalanceAsk) -> Outcome:
        del ask
        if not login.account.may_ask_balance:
            raise refuse(Reason.MAY_NOT_ASK_BALANCE, login.credential.username)
        account = login.account
        if not (account.charged or account.counted):
            return Balance(account, None)
        (quota,) = await self._core.ledger.quotas([account.name])
        # What is only set aside is not taken yet, and Jasmin shows it so.
        amount = quota.amount + quota.reserved if account.charged else None
        return Balance(account, amount, quota.parts if account.counted else None)
