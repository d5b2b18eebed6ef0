"""`chappe plugin test`: somebody's plug-in asked everything that its contract says, in a process as the gateway runs it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import Any, Final

import msgspec

from chappe.connectors.plugin.answers import STATES, Response, Unreadable, read
from chappe.connectors.plugin.calls import Answer, Method, Nonsense
from chappe.connectors.plugin.process import Child, Died, Slow
from chappe.connectors.plugin.program import CannotRun, start
from chappe.connectors.plugin.settings import PluginSettings

_WRONG: Final = "not-the-secret"
_LEAVING: Final = 5.0
_MANY: Final = 100
_DATE: Final = re.compile(r"(\d{12}(\d{2})?)?")
_NAMES: Final = (
    "partnerMessageId",
    "partnerStatus",
    "partnerDetail",
    "apiStatus",
    "sendAt",
    "smsOperator",
    "smsMessageCount",
)
_UNKNOWN_ID: Final = "an-id-that-nobody-gave"
_RESULT_WORDS: Final = frozenset({*STATES, "WAITING"})


class Verdict(Enum):
    """How one thing went."""

    RIGHT = "right"
    WRONG = "WRONG"
    NOTE = "note"
    """Not against the contract, and worth knowing."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was tried."""

    what: str
    verdict: Verdict
    detail: str = ""


class _Wrong(Exception):
    """Against the contract; the message says what."""


class _Note(Exception):
    """Worth knowing; the message says what."""


class Trial:
    """One plug-in under test. `number` is whom it sends to: with a real provider behind it these are real messages."""

    def __init__(self, settings: PluginSettings, *, number: str, many: int = _MANY) -> None:
        self._settings = settings
        self._number = number
        self._many = many
        self._child: Child | None = None
        self._ids: list[str] = []
        self._packet = ""
        self.findings: list[Finding] = []

    async def run(self) -> Sequence[Finding]:
        """Everything, in order; after what nothing can follow it ends."""
        try:
            if await self._try("it loads, and has the four methods", self._loads) and await self._try(
                "Login takes the right secret", self._login
            ):
                for what, test in self._tests():
                    await self._try(what, test)
                    if not await self._revived():
                        break
        finally:
            if self._child is not None:
                await self._child.end()
        return self.findings

    def _tests(self) -> Sequence[tuple[str, Callable[[], Awaitable[None]]]]:
        return (
            ("Send of one message", self._one),
            ("the answer has the document's names", self._names),
            ("Send of several, one result each", self._several),
            ("letters beyond ASCII, and line ends", self._letters),
            ("every field of the class", self._all_fields),
            ("a field that it does not know", self._unknown_field),
            (f"Send of {self._many} at once", self._hundred),
            ("a message without mobileNumber is FAIL", self._no_number),
            ("a message without text is FAIL", self._no_text),
            ("Send of no message at all", self._nothing),
            ("Report of what was sent", self._report),
            ("Report again: a final state stays", self._same_again),
            ("Report of an id that nobody gave", self._stranger),
            ("Report of no id at all", self._report_nothing),
            ("a request that is no JSON is survived", self._no_json),
            ("Login takes no wrong secret", self._wrong_secret),
            ("Send and Report after NOK", self._after_nok),
            ("Login again", self._login),
            ("Destroy, and the process goes", self._destroy),
        )

    async def _try(self, what: str, test: Callable[[], Awaitable[None]]) -> bool:
        verdict, detail = Verdict.RIGHT, ""
        try:
            await test()
        except _Note as note:
            verdict, detail = Verdict.NOTE, str(note)
        except (_Wrong, Unreadable, CannotRun, Slow, Nonsense, OSError) as error:
            verdict, detail = Verdict.WRONG, str(error)
        except Died as error:
            verdict, detail = Verdict.WRONG, f"its process ended: {error}"
        self.findings.append(Finding(what, verdict, detail))
        return verdict is not Verdict.WRONG

    async def _revived(self) -> bool:
        """After a test that cost the process its life the next one has a new one."""
        assert self._child is not None
        if self._child.alive or self.findings[-1].verdict is not Verdict.WRONG:
            return True
        await self._child.end()
        before = len(self.findings)
        usable = await self._try("it loads again", self._loads) and await self._try(
            "Login again", self._login
        )
        if usable:
            del self.findings[before:]
        return usable

    # ------------------------------------------------------------ calls

    async def _call(self, method: Method, text: str, seconds: float) -> Answer:
        assert self._child is not None
        try:
            return await self._child.call(method, text.encode(), seconds)
        except (Slow, Nonsense):
            self._child.kill()
            raise

    async def _said(self, method: Method, request: Any, count: int) -> Response:
        text = msgspec.json.encode(request).decode()
        seconds = self._settings.response_timer if method is Method.SEND else self._settings.report_timer
        answer = await self._call(method, text, seconds)
        if answer.failed:
            raise _Wrong(f"it raised {answer.text}")
        response = read(answer.text)
        if len(response.results) != count:
            raise _Wrong(f"{len(response.results)} results for {count}")
        return response

    async def _sent(self, *messages: dict[str, Any]) -> Response:
        response = await self._said(Method.SEND, {"messages": messages}, len(messages))
        for result in response.results:
            if result.api_status not in ("OK", "FAIL"):
                raise _Wrong(f"apiStatus {result.api_status!r}: Send has OK and FAIL")
            if result.api_status == "OK" and not result.partner_message_id and not response.packet:
                raise _Wrong("OK without a partnerMessageId: nobody can ask for its report")
            if not _DATE.fullmatch(result.send_at):
                raise _Wrong(f"sendAt {result.send_at!r} is not yyyyMMddHHmm")
        made = [result.partner_message_id for result in response.results if result.partner_message_id]
        if len(set(made)) < len(made) or set(made) & set(self._ids):
            raise _Wrong("one partnerMessageId for two messages")
        self._ids += made
        self._packet = response.packet
        return response

    async def _taken(self, *messages: dict[str, Any]) -> None:
        response = await self._sent(*messages)
        failed = [result for result in response.results if result.api_status == "FAIL"]
        if failed:
            raise _Note(
                f"{len(failed)} of {len(messages)} FAIL: {failed[0].partner_status} {failed[0].partner_detail}"
            )

    def _message(self, text: str = "Chappe plug-in test", **more: Any) -> dict[str, Any]:
        return {"mobileNumber": self._number, "text": text, **more}

    # ------------------------------------------------------------ the tests

    async def _loads(self) -> None:
        self._child = await start(self._settings)
        loaded = await self._child.begun(self._settings.start_timer)
        if loaded.failed:
            raise _Wrong(loaded.text)

    async def _login(self) -> None:
        answer = await self._call(Method.LOGIN, self._settings.secret, self._settings.login_timer)
        if answer.failed or answer.text != "OK":
            raise _Wrong(f"it answered {answer.text!r} and not OK; --secret gives the right one")

    async def _one(self) -> None:
        await self._taken(self._message())

    async def _names(self) -> None:
        text = msgspec.json.encode({"messages": [self._message()]}).decode()
        answer = await self._call(Method.SEND, text, self._settings.response_timer)
        if answer.failed:
            raise _Wrong(f"it raised {answer.text}")
        self._ids += [result.partner_message_id for result in read(answer.text).results]
        found = msgspec.json.decode(answer.text)
        row = found.get("results", [{}])[0] if found.get("results") else {}
        missing = [name for name in _NAMES if name not in row]
        if "results" not in found or "apiStatus" not in row:
            raise _Wrong("results and apiStatus are not there by these names")
        if missing or "partnerPacketId" not in found:
            raise _Note(
                "not there: "
                + ", ".join([*missing, *(["partnerPacketId"] * ("partnerPacketId" not in found))])
            )

    async def _several(self) -> None:
        await self._taken(*(self._message(f"Chappe plug-in test {number} of 4") for number in range(1, 5)))

    async def _letters(self) -> None:
        await self._taken(
            self._message('Grüße, ğüşıöçİ, Ελλάδα,\r\n"quoted" \\ and \U0001f600', sender="Şirket")
        )

    async def _all_fields(self) -> None:
        await self._taken(
            self._message(
                sender="Chappe",
                startTime="203001011200",
                expireTime="203001021200",
                priority="yes",
                smsType="BULK|1-2-3-4",
                brandCode="1",
                recipientType="BIREYSEL",
                messageType="BILGILENDIRME",
                accountId=7,
                senderId=9,
            )
        )

    async def _unknown_field(self) -> None:
        await self._taken(self._message(colour="green", more={"deep": [1, None]}))

    async def _hundred(self) -> None:
        await self._taken(*(self._message(f"Chappe plug-in test {number}") for number in range(self._many)))

    async def _no_number(self) -> None:
        await self._refused({"text": "to nobody"})

    async def _no_text(self) -> None:
        await self._refused({"mobileNumber": self._number})

    async def _refused(self, message: dict[str, Any]) -> None:
        response = await self._sent(message, self._message())
        if response.results[0].api_status != "FAIL":
            raise _Wrong("it answered OK")

    async def _nothing(self) -> None:
        await self._sent()

    async def _report(self) -> None:
        response = await self._asked(self._ids[: self._settings.report_batch])
        words = {result.api_status for result in response.results}
        if words == {"WAITING"}:
            raise _Note("all are WAITING still")

    async def _asked(self, ids: Sequence[str]) -> Response:
        response = await self._said(Method.REPORT, {"partnerPacketId": "", "messages": ids}, len(ids))
        for asked, result in zip(ids, response.results, strict=True):
            if result.api_status not in _RESULT_WORDS:
                raise _Wrong(
                    f"apiStatus {result.api_status!r}: Report has {', '.join(sorted(_RESULT_WORDS))}"
                )
            if result.partner_message_id not in ("", asked):
                raise _Wrong(f"asked for {asked} it answered for {result.partner_message_id}")
            if not _DATE.fullmatch(result.send_at):
                raise _Wrong(f"sendAt {result.send_at!r} is not yyyyMMddHHmm")
        return response

    async def _same_again(self) -> None:
        ids = self._ids[:10]
        first, second = await self._asked(ids), await self._asked(ids)
        for made, was, now in zip(ids, first.results, second.results, strict=True):
            if was.api_status not in ("WAITING", now.api_status):
                raise _Wrong(f"{made} was {was.api_status}, and {now.api_status} when asked again")

    async def _stranger(self) -> None:
        response = await self._asked([_UNKNOWN_ID])
        word = response.results[0].api_status
        if word == "DELIVERED":
            raise _Wrong("it answered DELIVERED")
        if word == "WAITING":
            raise _Note("it answered WAITING: the gateway will ask until the time for it is over")

    async def _report_nothing(self) -> None:
        await self._asked([])

    async def _no_json(self) -> None:
        answer = await self._call(Method.SEND, "{not json", self._settings.response_timer)
        if not answer.failed:
            read(answer.text)
        await self._asked(self._ids[:1])

    async def _wrong_secret(self) -> None:
        answer = await self._call(Method.LOGIN, _WRONG, self._settings.login_timer)
        if answer.failed:
            raise _Wrong(f"it raised {answer.text}: a wrong secret is answered with NOK")
        if answer.text == "OK":
            raise _Note("it takes any secret, as plug-ins on the customer's premises may")
        if answer.text != "NOK":
            raise _Wrong(f"it answered {answer.text!r}: Login has OK and NOK")

    async def _after_nok(self) -> None:
        if self.findings[-1].verdict is not Verdict.RIGHT:
            raise _Note("not tried: it takes any secret")
        response = await self._sent(self._message())
        if response.results[0].api_status != "FAIL":
            raise _Wrong("Send works after NOK")
        response = await self._asked(self._ids[:1])
        if response.results and response.results[0].api_status != "WAITING":
            raise _Note(
                f"Report answers {response.results[0].api_status} after NOK, where WAITING loses nothing"
            )

    async def _destroy(self) -> None:
        assert self._child is not None
        answer = await self._call(Method.DESTROY, "", self._settings.destroy_timer)
        if answer.failed:
            raise _Wrong(f"it raised {answer.text}")
        gone = asyncio.Event()
        self._child.when_ended(gone.set)
        try:
            async with asyncio.timeout(_LEAVING):
                await gone.wait()
        except TimeoutError:
            raise _Note("its process had to be killed afterwards: does it leave threads behind?") from None
