"""One ESME's session: its bind, its requests in order, and what is delivered to it. What a request means is not known here."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from chappe.dialects.smpp.deliver import Written, write_notice
from chappe.dialects.smpp.lanes import Handing, Lane
from chappe.dialects.smpp.reception import Reception
from chappe.dialects.smpp.requests import Reply
from chappe.dialects.smpp.statuses import handover_of, status_of
from chappe.domain.refusal import Refused as LoginRefused
from chappe.net.smpp_link import SmppLink
from chappe.pipeline.authenticate import Login
from chappe.ports.carrier import Handover
from chappe.protocols.smpp.codec import EncodeError
from chappe.protocols.smpp.commands import Bind, DataSm
from chappe.protocols.smpp.events import (
    Answer,
    BindRequested,
    Closing,
    Event,
    Expired,
    Late,
    Reason,
    Refused,
    Request,
    Unbound,
    Unknown,
)
from chappe.protocols.smpp.lifecycle import NotBoundError
from chappe.protocols.smpp.outgoing import TlvsNotAllowedError
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.session import WindowFullError
from chappe.protocols.smpp.states import BOUND, State
from chappe.protocols.smpp.statuses import Kind, Status, kind_of, name_of

_RECEIVING: Final = frozenset((State.BOUND_RX, State.BOUND_TRX))


class EsmeSession:
    """Answers `net.smpp_link.LinkOwner` for one connection, and is the `Receiver` of its system_id's lane."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._core = reception.core
        self._link: SmppLink | None = None
        self._lane: Lane | None = None
        self._last: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None
        self._held = False
        self._careful = False
        """After silence or a complaint one delivery at a time goes out, until one is taken."""
        self._rest: deque[tuple[Handing, Written]] = deque()
        """Parts of messages begun, for which the window had no room yet."""
        self._revoked = False
        self.login: Login | None = None
        """Whose session it is; None before the bind and after the end."""
        self.peer = ""

    # ------------------------------------------------------------ LinkOwner

    def connected(self, link: SmppLink) -> None:
        """See LinkOwner."""
        self._link = link
        self.peer = link.peer
        if not self._reception.enter(self):
            link.abort()

    def happened(self, link: SmppLink, events: Sequence[Event]) -> None:
        """See LinkOwner."""
        requests: list[Pdu] = []
        answered = False
        for event in events:
            if isinstance(event, Request):
                requests.append(event.pdu)
            elif isinstance(event, Answer):
                self._answered(event)
                answered = True
            else:
                answered |= self._irregular(link, event)
        if requests:
            self._serve(link, requests)
        if answered:
            self._send_rest(link)
            if self._lane is not None:
                self._lane.pump()

    def writable(self, link: SmppLink) -> None:
        """See LinkOwner."""
        self._send_rest(link)
        if self._lane is not None:
            self._lane.pump()

    def closed(self, link: SmppLink) -> None:  # noqa: ARG002 - it is the session's own
        """See LinkOwner."""
        if self._later is not None:
            self._later.cancel()
        self._leave()
        self.login = None
        self._reception.leave(self)

    # ------------------------------------------------------------ the server's calls

    @property
    def mode(self) -> str:
        """See Guest."""
        state = self._link.session.state if self._link is not None else None
        return state.value.removeprefix("bound_") if state in BOUND else ""

    def end(self, *, revoked: bool = False) -> None:
        """See Guest."""
        link = self._link
        assert link is not None
        if link.session.state not in BOUND:
            # One that the ESME is ending by itself is left to it.
            if link.session.state is not State.UNBOUND:
                link.close()
            return
        self._leave()
        link.unbind()
        if revoked and not self._revoked:
            self._revoked = True
            loop = asyncio.get_running_loop()
            self._later = loop.call_later(self._reception.settings.revoked_grace, link.close)

    def cut(self) -> None:
        """See Guest."""
        assert self._link is not None
        self._link.close()
        self._link.abort()

    # ------------------------------------------------------------ events

    def _irregular(self, link: SmppLink, event: Event) -> bool:
        """What is not everyday business; whether it made room for deliveries."""
        meter = self._core.meter
        match event:
            case Expired(token=Handing() as handing):
                self._careful = True
                seconds = self._reception.settings.response_timer
                handing.settled(Handover.AWAY, f"no answer in {seconds:g} s")
                return True
            case Unknown(token=Handing() as handing):
                handing.settled(Handover.AWAY, "the session ended before an answer")
            case Late():
                self._careful = False
                meter.count("smpp_late_answers")
                return True
            case Refused(detail=detail):
                meter.count("smpp_refused_pdus", detail.value)
            case BindRequested(pdu):
                self._reception.spawn(self._bind(link, pdu), "smpp bind")
            case Unbound():
                self._leave()
            case Closing(reason=reason):
                meter.count("smpp_closed", reason.value)
                # An ESME that has read its unbind_resp may bind again at once: its place is free by then.
                self.login = None
                self._reception.bound_changed()
                self._leave()
            case _:
                pass
        return False

    # ------------------------------------------------------------ binding

    async def _bind(self, link: SmppLink, pdu: Pdu) -> None:
        bind = pdu.body
        assert isinstance(bind, Bind)
        core = self._core
        try:
            login = await core.authenticator.login(
                bind.system_id, bind.password, self.peer, core.clock.monotonic()
            )
        except LoginRefused as refused:
            self._refuse_later(link, pdu, status_of(refused.refusal))
            return
        except BaseException:
            self._refuse_later(link, pdu, Status.ESME_RSYSERR)
            raise
        refusal = self._reception.admits(login)
        if refusal is not None:
            self._refuse_later(link, pdu, status_of(refusal))
            return
        if not link.session.accept_bind(pdu, system_id=self._reception.settings.system_id, now=link.now()):
            return
        self.login = login
        self._reception.bound_changed()
        state = link.session.state
        core.meter.count("smpp_binds", state.value.removeprefix("bound_"))
        if state in _RECEIVING:
            self._lane = self._reception.join(login.credential.username, self)
        link.flush()

    def _refuse_later(self, link: SmppLink, pdu: Pdu, status: int) -> None:
        self._core.meter.count("smpp_refused_binds", name_of(status))
        loop = asyncio.get_running_loop()
        delay = self._reception.settings.refusal_delay
        self._later = loop.call_later(delay, self._refuse, link, pdu, status)

    @staticmethod
    def _refuse(link: SmppLink, pdu: Pdu, status: int) -> None:
        link.session.refuse_bind(pdu, status)
        link.close(Reason.BIND_REFUSED)

    # ------------------------------------------------------------ requests

    def _serve(self, link: SmppLink, pdus: list[Pdu]) -> None:
        login = self.login
        if login is None or self._revoked:
            self._reply(link, [(pdu, Status.ESME_RINVSYSID, None) for pdu in pdus])
            return
        self._last = self._reception.spawn(self._answer(link, login, pdus, self._last), "smpp requests")
        self._pace(link, login)

    async def _answer(
        self, link: SmppLink, login: Login, pdus: list[Pdu], before: asyncio.Task[None] | None
    ) -> None:
        """One read's requests. Answers go out in the order of arrival, also over reads."""
        replies: list[Reply] = [(pdu, Status.ESME_RSYSERR, None) for pdu in pdus]
        try:
            replies = await self._reception.requests.answer(
                login.account.name, login.credential.username, pdus
            )
        finally:
            # Whatever went wrong, each request gets an answer; the fault goes to whoever watches the loop.
            if before is not None and not before.done():
                await asyncio.wait((before,))
            self._reply(link, replies)
            self._pace(link, login)

    def _reply(self, link: SmppLink, replies: Sequence[Reply]) -> None:
        respond = link.session.respond
        for pdu, status, body in replies:
            respond(pdu, status, body)
        link.flush_soon()

    def _pace(self, link: SmppLink, login: Login) -> None:
        """Over the account's window nothing is read, so that TCP slows the ESME (reliability B17).

        One that keeps to the window is always read, and so gets its answer to an enquire_link at once.
        """
        account = self._core.directory.accounts.get(login.account.name, login.account)
        held = link.session.inbound_open > account.smpp_window
        if held is not self._held:
            self._held = held
            link.hold(reading=not held)

    # ------------------------------------------------------------ deliveries

    @property
    def room(self) -> int:
        """See Receiver."""
        link = self._link
        if link is None or link.stalled:
            return 0
        session = link.session
        return min(session.room, max(1 - session.outstanding, 0)) if self._careful else session.room

    @property
    def capacity(self) -> int:
        """See Receiver."""
        return 1 if self._careful else self._reception.settings.window_out

    def deliver(self, handing: Handing) -> None:
        """See Receiver."""
        link, login, notice = self._link, self.login, handing.owed.notice
        assert link is not None
        account = self._core.directory.accounts.get(notice.account)
        if login is None or account is None or account.name != login.account.name:
            # A system_id that was given to another account must not hear what the former one is owed.
            handing.settled(Handover.FAILED, "this system_id is bound by another account", 0)
            return
        message_id = self._core.renderer.hex(notice.message_id)
        try:
            written = write_notice(
                notice,
                account,
                message_id,
                tlvs=link.session.tlvs_allowed,
                errors=self._core.directory.errors,
            )
        except ValueError as error:
            handing.settled(Handover.GONE, f"cannot be written: {error}", 0)
            return
        handing.open = len(written)
        self._rest.extend([(handing, one) for one in written])
        self._send_rest(link)

    def _send_rest(self, link: SmppLink) -> None:
        rest = self._rest
        while rest and not link.stalled:
            handing, (body, tlvs) = one = rest.popleft()
            try:
                link.session.request(body, now=link.now(), tlvs=tlvs, token=handing)
                self._core.meter.count(
                    "smpp_outgoing", "data_sm" if isinstance(body, DataSm) else "deliver_sm"
                )
            except WindowFullError:
                rest.appendleft(one)
                break
            except NotBoundError:
                handing.settled(Handover.AWAY, "not bound")
            except (EncodeError, TlvsNotAllowedError) as error:
                handing.settled(Handover.GONE, f"cannot be written: {error}")
        link.flush_soon()

    def _answered(self, event: Answer) -> None:
        handing, status = event.token, event.pdu.status
        assert isinstance(handing, Handing)
        self._careful = bool(status) and (self._careful or kind_of(status) is Kind.THROTTLE)
        handing.settled(handover_of(status), name_of(status))

    def _leave(self) -> None:
        """Receives no more: parts not sent yet are told as not there, what is open gets its event."""
        lane, self._lane = self._lane, None
        while self._rest:
            handing, _ = self._rest.popleft()
            handing.settled(Handover.AWAY, "the session ended")
        if lane is not None:
            lane.leave(self)
