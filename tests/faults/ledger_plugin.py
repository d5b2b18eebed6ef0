"""A plug-in that writes down what it takes before it says so, and forgets nothing when it is killed."""

from __future__ import annotations

import json
import os
import time
from typing import Final

SECONDS_A_SEND: Final = 0.02


class Ledger:
    def __init__(self) -> None:
        self.file = os.open(os.environ["LEDGER"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.count = 0

    def login(self, secret: str) -> str:
        return "OK" if secret == "ledger" else "NOK"

    def send(self, request: str) -> str:
        results = []
        for message in json.loads(request)["messages"]:
            self.count += 1
            os.write(self.file, f"{message['mobileNumber'][-8:]}\n".encode())
            made = f"{os.getpid():x}.{self.count:x}.{time.monotonic_ns():x}"
            results.append({"partnerMessageId": made, "apiStatus": "OK"})
        # Written down and not answered yet: where a kill is to hit.
        time.sleep(SECONDS_A_SEND)
        return json.dumps({"results": results})

    def report(self, request: str) -> str:
        asked = json.loads(request)["messages"]
        return json.dumps(
            {"results": [{"partnerMessageId": made, "apiStatus": "DELIVERED"} for made in asked]}
        )

    def destroy(self) -> None:
        os.close(self.file)
