"""The test call to a status webhook before it is taken: the very request that reports will be, judged as they are."""

from __future__ import annotations

from typing import Final

from chappe.app.clock import SystemClock
from chappe.dialects.cm.callback import sample_call
from chappe.domain.account import Account
from chappe.domain.webhook import may_call
from chappe.net.http_client import HttpClient
from chappe.net.tls import client_context

_CONNECT_SECONDS: Final = 3.0
_TOTAL_SECONDS: Final = 15.0
_OK: Final = 200


async def try_webhook(account: Account) -> str:
    """Calls an account's status webhook with a report of no message; why it cannot be used, empty if it answered 200."""
    hook = account.status_webhook
    assert hook is not None
    call = sample_call(hook, SystemClock().now_ms())
    head = "".join([call.method, "\r\n", *(f"{name}: {value}\r\n" for name, value in call.headers)])
    client = HttpClient(connect_seconds=_CONNECT_SECONDS, total_seconds=_TOTAL_SECONDS, tls=client_context())
    try:
        answer = await client.call(
            call.url,
            head.encode("latin-1"),
            call.body,
            allowed=lambda address: may_call(address, account.private_webhooks),
        )
    except TimeoutError:
        return "its test call got no answer in time"
    except OSError as error:
        return f"its test call failed: {error}"
    finally:
        await client.close()
    return "" if answer.status == _OK else f"its test call was answered with {answer.status}, not {_OK}"
