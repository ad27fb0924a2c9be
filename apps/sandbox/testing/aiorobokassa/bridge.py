"""Runs aiorobokassa, unchanged, for the test that started this program.

The only argument is the address of the sandbox. Each line on stdin is a command and gets one line on stdout:

    {"method": "create_refund", "arguments": {"invoice_id": 1}, "client": {"password1": "…"}}
    {"result": …}  or  {"error": {"type": …, "message": …, "status_code": …, "response": …}}

"client" holds what the constructor gets beside the ordinary credentials of the sandbox.
"""

import asyncio
import json
import sys
from decimal import Decimal

from aiorobokassa import RefundItem, RoboKassaClient, RoboKassaError
from aiorobokassa.api import refund
from aiorobokassa.enums import TaxRate
from pydantic import BaseModel

URL = sys.argv[1]
# The old service's address is an argument of the constructor, the newer one's only a constant.
refund.REFUND_API_BASE_URL = f"{URL}/RefundService/Refund"

CREDENTIALS = {
    "merchant_login": "demo",
    "password1": "password1",
    "password2": "password2",
    "password3": "password3",
    "base_url_override": URL,
}


def as_caller_writes(name, value):
    """The Python value for what JSON cannot hold: money, and lines of a receipt."""
    if name in ("amount", "refund_sum"):
        return Decimal(value)
    if name == "invoice_items":
        return [RefundItem(**{**item, "tax": TaxRate(item["tax"])}) for item in value]
    return value


async def run(command):
    arguments = {name: as_caller_writes(name, value) for name, value in command["arguments"].items()}
    async with RoboKassaClient(**{**CREDENTIALS, **command["client"]}) as client:
        result = await getattr(client, command["method"])(**arguments)
    return result.model_dump(mode="json") if isinstance(result, BaseModel) else result


def answer(command):
    try:
        return {"result": asyncio.run(run(command))}
    except RoboKassaError as error:
        return {
            "error": {
                "type": type(error).__name__,
                "message": str(error),
                "status_code": getattr(error, "status_code", None),
                "response": getattr(error, "response", None),
            }
        }


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
