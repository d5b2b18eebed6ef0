"""The program of a script process: a line of JSON in, the script run over it, a line of JSON out. Standard library only.

It imports nothing of the gateway, so that it starts at once and a script finds nothing of ours but what it is given.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import json
import os
import resource
import sys
import traceback
from collections import OrderedDict
from datetime import UTC, datetime
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any, Final

_MOST_SCRIPTS: Final = 64
_MOST_TEXT: Final = 300


class Reject(Exception):
    """Raised in a script, or by `message.reject`, to refuse the message."""

    def __init__(self, reason: str = "", http_status: int = 0, smpp_status: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.http_status = http_status
        self.smpp_status = smpp_status


class Message:
    """What a script may look at and change: `text` is None where the message is not text.

    `tags` is a list of texts, `tlvs` maps tags to octets. The rest is to be looked at only.
    """

    def __init__(self, given: dict[str, Any]) -> None:
        self.sender: str = given["sender"]
        self.destination: str = given["destination"]
        self.text: str | None = given["text"]
        self.tags: list[str] = list(given["tags"])
        self.tlvs: dict[int, bytes] = {tag: bytes.fromhex(value) for tag, value in given["tlvs"]}
        self.direction: str = given["direction"]
        self.account: str = given["account"]
        self.user: str = given["user"]
        self.group: str = given["group"]
        self.connector: str = given["connector"]
        self.network: str = given["network"]
        self.octets: bytes = bytes.fromhex(given["octets"])
        self.data_coding: int = given["data_coding"]
        self.at = datetime.fromtimestamp(given["at_ms"] / 1000, UTC)

    def reject(self, reason: str = "", http_status: int = 0, smpp_status: int = 0) -> None:
        """Refuses the message; the script ends here."""
        raise Reject(reason, http_status, smpp_status)


class _Parameters(dict[str, Any]):
    """`routable.pdu.params` of a script that was written for Jasmin: octets by the names that SMPP 3.4 §4.4.1 has."""

    def __init__(self, message: Message) -> None:
        text = message.text
        super().__init__(
            source_addr=message.sender.encode("latin-1", "replace"),
            destination_addr=message.destination.encode("latin-1", "replace"),
            short_message=text.encode() if text is not None else message.octets,
            data_coding=message.data_coding,
        )
        self.before = dict(self)

    def write(self, message: Message) -> None:
        """Takes over what the script changed here; what it changed in the message itself stands."""
        for name in ("source_addr", "destination_addr", "short_message"):
            value = self.get(name)
            if value == self.before[name] or value is None:
                continue
            said = value.decode() if isinstance(value, bytes) else str(value)
            if name == "source_addr":
                message.sender = said
            elif name == "destination_addr":
                message.destination = said
            else:
                message.text = said


class Routable:
    """What Jasmin calls the message: as much of it as scripts for Jasmin use."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self.pdu = SimpleNamespace(params=_Parameters(message))
        self.user = SimpleNamespace(
            uid=message.account,
            username=message.user,
            group=SimpleNamespace(gid=message.group),
        )
        self.connector = SimpleNamespace(cid=message.connector)
        self.datetime = message.at.replace(tzinfo=None)

    def addTag(self, tag: object) -> None:  # noqa: N802 - Jasmin's name
        """Adds a tag."""
        self._message.tags.append(str(tag))

    def hasTag(self, tag: object) -> bool:  # noqa: N802 - Jasmin's name
        """Whether it is tagged so."""
        return str(tag) in self._message.tags

    def removeTag(self, tag: object) -> None:  # noqa: N802 - Jasmin's name
        """Takes a tag away."""
        self._message.tags = [one for one in self._message.tags if one != str(tag)]

    def getTags(self) -> list[str]:  # noqa: N802 - Jasmin's name
        """All tags."""
        return list(self._message.tags)

    def flushTags(self) -> None:  # noqa: N802 - Jasmin's name
        """Takes all tags away."""
        self._message.tags = []

    def lockPduParam(self, name: str) -> None:  # noqa: N802 - Jasmin's name
        """Nothing: here no connector's default overwrites what is set."""


class _Loader(importlib.abc.InspectLoader):
    """Runs one compiled script in a module that is filled beforehand."""

    def __init__(self, name: str, code: CodeType, names: dict[str, Any]) -> None:
        self._name = name
        self._code = code
        self._names = names

    def get_source(self, fullname: str) -> str | None:
        """Not kept."""
        del fullname
        return None

    def get_code(self, fullname: str) -> CodeType:
        """The compiled script."""
        del fullname
        return self._code

    def create_module(self, spec: object) -> ModuleType:
        """A module that holds what the script is given."""
        del spec
        module = ModuleType(self._name)
        vars(module).update(self._names)
        return module


class Runner:
    """Runs scripts; keeps them compiled, and for each a dictionary `state` that outlives one run."""

    def __init__(self) -> None:
        self._codes: OrderedDict[str, tuple[CodeType, dict[str, Any]]] = OrderedDict()

    def run(self, given: dict[str, Any]) -> dict[str, Any]:
        """The answer to one line."""
        key = given["key"]
        if key not in self._codes:
            if not given["code"]:
                raise LookupError("the script was not sent")
            self._codes[key] = compile(given["code"], f"<{given['rule']}>", "exec"), {}
            if len(self._codes) > _MOST_SCRIPTS:
                self._codes.popitem(last=False)
        self._codes.move_to_end(key)
        code, state = self._codes[key]
        message = Message(given)
        routable = Routable(message)
        names = {
            "message": message,
            "routable": routable,
            "Reject": Reject,
            "state": state,
            "extra": {},
            "result": False,
            "http_status": None,
            "smpp_status": None,
        }
        loader = _Loader(given["rule"], code, names)
        spec = importlib.util.spec_from_loader(given["rule"], loader)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        try:
            loader.exec_module(module)
        except Reject as no:
            return {
                "rejects": True,
                "reason": str(no.reason),
                "http_status": no.http_status,
                "smpp_status": no.smpp_status,
            }
        routable.pdu.params.write(message)
        return _told(message, vars(module))


def _told(message: Message, names: dict[str, Any]) -> dict[str, Any]:
    """What is sent back: what the message is now, or the statuses by which a script for Jasmin refuses."""
    http, smpp = names.get("http_status"), names.get("smpp_status")
    if (http not in (None, 0, 200)) or smpp not in (None, 0):
        return {"rejects": True, "reason": "", "http_status": http or 0, "smpp_status": smpp or 0}
    return {
        "sender": message.sender,
        "destination": message.destination,
        "text": message.text,
        "tags": message.tags,
        "tlvs": [[tag, value.hex()] for tag, value in message.tlvs.items()],
        "result": bool(names.get("result") is True),
    }


def main(memory: int) -> None:
    """Answers lines until there are no more."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What a script prints must not get among the answers, and what it reads must not be the questions.
    questions = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    runner = Runner()
    answers.write(b"ready\n")
    answers.flush()
    for line in questions:
        given = json.loads(line)
        answer: dict[str, Any]
        try:
            answer = runner.run(given)
            said = json.dumps({"id": given["id"], **answer})
        except Exception as error:  # noqa: BLE001 - whatever a script does wrong is told and not ours
            said = json.dumps({"id": given["id"], "error": _sentence(error, given["rule"])})
        answers.write(said.encode() + b"\n")
        answers.flush()


def _sentence(error: Exception, rule: str) -> str:
    """The error and the script's own line in which it arose."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename == f"<{rule}>"]
    place = f", line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}"[:_MOST_TEXT] + place


if __name__ == "__main__":
    main(int(sys.argv[1]))
