"""What becomes of a message is news to its client: which notices an event makes due. Pure."""

from __future__ import annotations

from typing import Final

from chappe.domain.address import Address
from chappe.domain.message import Message, Standing, Transition
from chappe.domain.receipt import INTERACTIONS, Receipt
from chappe.domain.refusal import Refusal
from chappe.domain.report import (
    BatchMark,
    BatchNotice,
    Notice,
    ReportOn,
    ReportWish,
    StatusNotice,
    Way,
    lane_of,
)
from chappe.domain.state import State

_UNTOLD: Final = Receipt("", "", "", None, "", "", Address(), Address(), 0)
"""What stands for a receipt where none came."""

_TAKEN: Final = ReportOn.SMSC | ReportOn.CHANGES
_ON_THE_WAY: Final = ReportOn.INTERMEDIATE | ReportOn.CHANGES
_WAS_SENT: Final = frozenset({State.SENT, State.DELIVERED})


def smsc_news(message: Message, connector: str, smsc_id: str, sent_ms: int) -> tuple[Notice, ...]:
    """The SMSC took the message."""
    if message.batch is not None:
        return (
            *_smsc(message, connector, smsc_id, sent_ms),
            *batch_news(message, message.batch, State.SENT),
        )
    return _smsc(message, connector, smsc_id, sent_ms)


def _smsc(message: Message, connector: str, smsc_id: str, sent_ms: int) -> tuple[Notice, ...]:
    if not message.report.wants(_TAKEN):
        return ()
    groupings, network = _said(message)
    return (
        StatusNotice(
            message_id=message.id,
            account=message.account,
            event=ReportOn.SMSC,
            state=State.SENT,
            wish=message.report,
            source=message.source,
            destination=message.destination,
            connector=connector,
            smsc_id=smsc_id,
            reference=message.reference,
            sent_ms=sent_ms,
            parts=message.parts,
            groupings=groupings,
            network=network,
        ),
    )


def _said(message: Message, receipt: Receipt = _UNTOLD) -> tuple[tuple[str, ...], str]:
    """The groupings of a message, and its network as the receipt or its client told it."""
    extras = message.extras
    if extras is None:
        return (), receipt.network
    return extras.groupings, receipt.network or extras.network


def final_news(
    message: Message,
    standing: Standing,
    state: State,
    at_ms: int,
    *,
    command_status: int = 0,
    error: str = "",
    receipt: Receipt | None = None,
) -> tuple[Notice, ...]:
    """The message is final. Who waits for the SMSC's answer is told of it too if there never was one."""
    wish = message.report
    told: list[Notice] = []
    connector = receipt.connector if receipt else standing.connector
    if not standing.sent_ms and state is not State.DELIVERED and wish.wants(ReportOn.SMSC):
        told.append(
            StatusNotice(
                message_id=message.id,
                account=message.account,
                event=ReportOn.SMSC,
                state=state,
                wish=wish,
                source=message.source,
                destination=message.destination,
                connector=connector,
                command_status=command_status or standing.command_status,
                error=error,
                reference=message.reference,
                done_ms=at_ms,
                parts=message.parts,
            )
        )
    event = ReportOn.SUCCESS if state is State.DELIVERED else ReportOn.FAILURE
    if wish.wants(event):
        told.append(
            _status(
                message,
                standing,
                event,
                state,
                at_ms,
                connector=connector,
                command_status=command_status,
                error=error,
                receipt=receipt,
            )
        )
    # One that was sent is told of already, or is told of with the answer that is late.
    if message.batch is not None and not standing.sent_ms:
        status = command_status or standing.command_status
        told += batch_news(message, message.batch, state, command_status=status, error=error)
    return tuple(told)


def batch_news(
    message: Message,
    mark: BatchMark,
    state: State,
    *,
    command_status: int = 0,
    error: str = "",
    refusal: Refusal | None = None,
    sentence: str = "",
) -> tuple[Notice, ...]:
    """A message of a batch was sent, or will not be: one call, to the URL that its client gave for that."""
    url = mark.callback if state in _WAS_SENT else mark.errback
    if not url:
        return ()
    return (
        BatchNotice(
            message_id=message.id,
            account=message.account,
            wish=ReportWish(Way.WEBHOOK, ReportOn.NOTHING, mark.words, url, "GET"),
            batch_id=mark.id,
            user=message.user,
            to=message.reference or message.destination.value,
            state=state,
            command_status=command_status,
            error=error,
            reason=refusal.reason.word if refusal else "",
            about=refusal.about if refusal else "",
            sentence=sentence,
        ),
    )


def intermediate_news(message: Message, standing: Standing, receipt: Receipt) -> tuple[Notice, ...]:
    """The SMSC told of a state on the way, or of what the subscriber did with a message that is there."""
    if not message.report.wants(_ON_THE_WAY):
        return ()
    told = _status(
        message,
        standing,
        ReportOn.INTERMEDIATE,
        State.DELIVERED if receipt.word in INTERACTIONS else State.SENT,
        receipt.received_ms,
        connector=receipt.connector,
        error=receipt.error,
        receipt=receipt,
    )
    return (told,)


def lanes_of(change: Transition) -> set[str]:
    """The lanes of the notices that a change makes due."""
    return {lane_of(notice.wish) for notice in change.owes}


def _status(
    message: Message,
    standing: Standing,
    event: ReportOn,
    state: State,
    at_ms: int,
    *,
    connector: str,
    command_status: int = 0,
    error: str = "",
    receipt: Receipt | None = None,
) -> StatusNotice:
    told = receipt or _UNTOLD
    groupings, network = _said(message, told)
    return StatusNotice(
        message_id=message.id,
        account=message.account,
        event=event,
        state=state,
        wish=message.report,
        source=message.source,
        destination=message.destination,
        connector=connector,
        smsc_id=told.smsc_id,
        command_status=command_status,
        error=error,
        sub=told.sub,
        dlvrd=told.dlvrd,
        submit_date=told.submit_date,
        done_date=told.done_date,
        text=told.text,
        reference=message.reference,
        sent_ms=standing.sent_ms,
        done_ms=at_ms,
        parts=message.parts,
        word=told.word,
        groupings=groupings,
        network=network,
    )
