"""A plug-in whose messages say what it does with them, and that writes down every call. It runs in its own process.

A text is words joined by semicolons: `api=FAIL;status=BLOCKED`, `report=TIMEOUT`, `die`, `hang`, `noise`, ... A report of
LATER is WAITING until the file `now` is there.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

HERE = Path(os.environ["RECORD"])


def words_of(text: str) -> dict[str, str]:
    return {name: value for name, _, value in (word.partition("=") for word in text.split(";"))}


def result(**given: Any) -> dict[str, Any]:
    names = ("partnerMessageId", "partnerStatus", "partnerDetail", "apiStatus", "sendAt", "smsOperator")
    return {**dict.fromkeys(names, ""), "smsMessageCount": 0, **given}


class Scripted:
    def __init__(self) -> None:
        self.count = 0
        self.packets = 0

    def record(self, method: str, text: str) -> None:
        with (HERE / "calls.jsonl").open("a") as file:
            file.write(json.dumps([os.getpid(), method, text]) + "\n")

    def login(self, secret: str) -> str:
        self.record("login", secret)
        if secret == "slow":
            threading.Event().wait()
        if secret == "raises":
            raise ValueError("no such login")
        return "OK" if secret in ("", "right") else "perhaps" if secret == "odd" else "NOK"

    def send(self, request: str) -> str:
        self.record("send", request)
        messages = json.loads(request)["messages"]
        asked = [words_of(message["text"]) for message in messages]
        for words in asked:
            self.misbehave(words)
        if any("garbage" in words for words in asked):
            return "{not json"
        results = [self.one(words) for words in asked]
        if any("short" in words for words in asked):
            results = results[:-1]
        self.packets += 1
        named = any("packet" in words or "place" in words for words in asked)
        return json.dumps(
            {"partnerPacketId": f"P{os.getpid():x}.{self.packets}" if named else "", "results": results}
        )

    def misbehave(self, words: dict[str, str]) -> None:
        if "die" in words:
            print("last words", file=sys.stderr, flush=True)
            os._exit(3)
        if "hang" in words or ("hang_once" in words and not (HERE / "hung").exists()):
            (HERE / "hung").touch()
            threading.Event().wait()
        if "noise" in words:
            print("0" + "noise" * 100_000, flush=True)
        if "memory" in words:
            bytearray(1 << 34)
        if "raise" in words:
            raise RuntimeError("the line is busy")
        if "babble" in words:
            for descriptor in range(3, 16):
                try:
                    os.write(descriptor, b"all kinds of things" * 100)
                except OSError:
                    continue

    def one(self, words: dict[str, str]) -> dict[str, Any]:
        self.count += 1
        made = f"{os.getpid():x}.{self.count:x}.{words.get('report', 'DELIVERED')}"
        if words.get("api", "OK") != "OK" or "place" in words or words.get("id") == "none":
            made = ""
        if "long" in words:
            made = "x" * 300
        return result(
            partnerMessageId=made,
            apiStatus=words.get("api", "OK"),
            partnerStatus=words.get("status", ""),
            partnerDetail=words.get("detail", ""),
            smsOperator=words.get("op", ""),
            smsMessageCount=int(words.get("count", "0")),
        )

    def report(self, request: str) -> str:
        self.record("report", request)
        asked = json.loads(request)
        if not asked["messages"]:
            return json.dumps({"results": [result(apiStatus="DELIVERED") for _ in range(self.count)]})
        return json.dumps({"results": [self.told(made) for made in asked["messages"]]})

    def told(self, made: str) -> dict[str, Any]:
        word = made.rpartition(".")[2]
        if word == "LATER":
            word = "DELIVERED" if (HERE / "now").exists() else "WAITING"
        return result(
            partnerMessageId=made,
            apiStatus=word,
            partnerStatus=f"p-{word}",
            partnerDetail="as asked",
            sendAt="202603141509",
            smsOperator="TESTCELL",
            smsMessageCount=1,
        )

    def destroy(self) -> None:
        self.record("destroy", "")
        if (HERE / "stubborn").exists():
            threading.Event().wait()
        if (HERE / "raising").exists():
            raise RuntimeError("not now")


class Lacking:
    def login(self, secret: str) -> str:
        return "OK"

    def send(self, request: str) -> str:
        return request

    def destroy(self) -> None:
        pass


class Document(Scripted):
    """By the document's own names."""

    Login = Scripted.login
    Send = Scripted.send
    Report = Scripted.report
    Destroy = Scripted.destroy
    login = send = report = destroy = None  # type: ignore[assignment]
