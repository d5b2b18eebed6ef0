"""The network that the contract suite of connectors tries plug-ins with: magic numbers as the loopback network has them.

It runs in a plug-in's process and imports nothing of the gateway. What happens once is kept in a folder, since the
process may be another one the next time.
"""

from __future__ import annotations

import json
import os
import threading
from typing import Any

FAILURES = {"990030": "ESME_RINVDSTADR", "990032": "ESME_RSYSERR"}
ONCE = {"990040": "ESME_RTHROTTLED", "990042": "ESME_RSYSERR"}
REPORTS = {
    "990001": ("FAIL", "001"),
    "990002": ("TIMEOUT", "254"),
    "990003": ("FAIL", "011"),
    "990010": ("WAITING", ""),
}


class Network:
    def __init__(self) -> None:
        self.met = os.environ["MET"]
        self.count = 0

    def first_time(self, number: str) -> bool:
        try:
            os.close(os.open(f"{self.met}/{number}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def login(self, secret: str) -> str:
        return "OK" if secret == "right" else "NOK"

    def send(self, request: str) -> str:
        numbers = [message["mobileNumber"] for message in json.loads(request)["messages"]]
        if any(number.endswith("990055") and self.first_time(number) for number in numbers):
            os._exit(1)
        if any(number.endswith("990050") for number in numbers):
            threading.Event().wait()
        results = [self.result(number, number[-6:]) for number in numbers]
        return json.dumps({"partnerPacketId": "", "results": results})

    def result(self, number: str, fate: str) -> dict[str, Any]:
        status = FAILURES.get(fate) or (ONCE.get(fate) if fate in ONCE and self.first_time(number) else None)
        if status:
            return {
                "partnerMessageId": "",
                "partnerStatus": status,
                "partnerDetail": "no",
                "apiStatus": "FAIL",
            }
        self.count += 1
        made = f"{os.getpid():x}.{self.count:x}.{fate}"
        return {"partnerMessageId": made, "partnerStatus": "", "partnerDetail": "", "apiStatus": "OK"}

    def report(self, request: str) -> str:
        results = []
        for made in json.loads(request)["messages"]:
            state, status = REPORTS.get(made[-6:], ("DELIVERED", "000"))
            results.append({"partnerMessageId": made, "partnerStatus": status, "apiStatus": state})
        return json.dumps({"results": results})

    def destroy(self) -> None:
        pass
