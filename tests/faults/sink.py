"""A mail relay in a process of its own: what it accepts stands in a journal on the disk before it says so.

``python -m tests.faults.sink HOME SMTP_PORT CONTROL_PORT``. It answers as it was scripted, by recipient and attempt.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import ssl
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
LONGEST_LINE = 4_000_000
ADDRESS = re.compile(rb"<([^>]*)>")
MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.MULTILINE | re.IGNORECASE)
OK = "250 Kept"


@dataclass
class Rule:
    """What is answered, or done, at one point of a conversation: so many times, then it holds no more.

    ``at``: connect, starttls, auth, mail, rcpt, data, body (in the middle of the text), dot (after the text was kept).
    ``do``: say (the answer); stall (say nothing until the script changes; then the answer, or break off); drop (break
    off); wait (so many seconds, then go on).
    """

    at: str
    do: str = "say"
    answer: str = ""
    to: str = ""
    """Only for recipients whose address holds this; only at rcpt, data, body and dot."""
    times: int = -1
    seconds: float = 0.0

    def takes(self, at: str, recipient: str) -> bool:
        """Say whether the rule holds here, and count it."""
        if self.at != at or self.times == 0 or self.to not in recipient:
            return False
        self.times -= self.times > 0
        return True


@dataclass
class Relay:
    """The relay's state: its script, its journal and what it has seen."""

    home: Path
    rules: list[Rule] = field(default_factory=list)
    per_second: float = 0.0
    """How many messages a second it takes; 0: as many as come."""
    tls: ssl.SSLContext | None = None
    offers: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    free_at: float = 0.0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the script changes; each script has its own."""

    def keep(self, sender: str, recipient: str, content: bytes, end: str) -> None:
        """Write a message into the journal and onto the disk."""
        found = MESSAGE_ID.search(content)
        line = {
            "at": time.time(),
            "sender": sender,
            "recipient": recipient,
            "message_id": found.group(1).decode() if found else "",
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "end": end,
            "head": content.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "replace"),
        }
        self.journal.write(json.dumps(line) + "\n")
        self.journal.flush()
        os.fsync(self.journal.fileno())

    def open_journal(self) -> None:
        """Go on behind what an earlier process of this relay has kept."""
        self.journal = (self.home / "journal.jsonl").open("a", encoding="utf-8")

    async def wait_for_turn(self) -> None:
        """Let a message wait until the rate allows it."""
        if self.per_second:
            now = time.monotonic()
            self.free_at = max(now, self.free_at) + 1 / self.per_second
            await asyncio.sleep(self.free_at - now)

    def scripted(self, orders: dict[str, Any]) -> dict[str, Any]:
        """Take a new script, and tell what was seen."""
        if "rules" in orders:
            self.rules = [Rule(**rule) for rule in orders["rules"]]
            self.changed.set()
            self.changed = asyncio.Event()
        self.per_second = orders.get("per_second", self.per_second)
        self.offers = orders.get("offers", self.offers)
        if certificate := orders.get("certificate"):
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate)
        return {"seen": dict(self.seen), "left": [rule.times for rule in self.rules]}


class Broken(Exception):
    """The conversation is over."""


class Talk:
    """One conversation."""

    def __init__(self, relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._relay, self._reader, self._writer = relay, reader, writer
        self._sender, self._recipient, self._is_safe = "", "", False

    async def run(self) -> None:
        """Talk until one side ends it."""
        self._relay.seen["connect"] += 1
        try:
            if not await self._meets("connect"):
                await self._say("220 sink ESMTP")
            while line := await self._reader.readline():
                await self._hear(line.rstrip(b"\r\n"))
        except (Broken, OSError, asyncio.IncompleteReadError, ssl.SSLError):
            self._writer.transport.abort()
        finally:
            with contextlib.suppress(OSError):
                self._writer.close()

    async def _hear(self, line: bytes) -> None:
        verb = line[:4].upper().decode("ascii", "replace")
        self._relay.seen[verb if self._is_safe else f"{verb} in clear"] += 1
        match verb:
            case "EHLO" | "HELO":
                await self._greet(verb)
            case "STAR":
                await self._secure()
            case "AUTH":
                await self._answer("auth", "235 Welcome")
            case "MAIL":
                self._sender, self._recipient = _address(line), ""
                await self._answer("mail", "250 Sender")
            case "RCPT":
                self._recipient = _address(line)
                await self._answer("rcpt", "250 Recipient")
            case "DATA":
                if not await self._meets("data"):
                    await self._take()
            case "QUIT":
                await self._say("221 Bye")
                raise Broken
            case _:
                await self._say("250 Fine")

    async def _greet(self, verb: str) -> None:
        offers = ["STARTTLS"] if self._relay.tls and not self._is_safe else []
        lines = ["sink", *offers, *self._relay.offers, "8BITMIME"] if verb == "EHLO" else ["sink"]
        for line in lines[:-1]:
            self._writer.write(f"250-{line}\r\n".encode())
        await self._say(f"250 {lines[-1]}")

    async def _secure(self) -> None:
        if await self._meets("starttls"):
            return
        if self._relay.tls is None:
            await self._say("502 Not here")
            return
        await self._say("220 Go on")
        await self._writer.start_tls(self._relay.tls)
        self._is_safe = True

    async def _take(self) -> None:
        await self._say("354 Go on")
        lines: list[bytes] = []
        while (line := await self._reader.readline()) != b".\r\n":
            if not line:
                raise Broken
            lines.append(line[1:] if line.startswith(b".") else line)
            if len(lines) == 5:
                await self._meets("body")
        await self._relay.wait_for_turn()
        for rule in self._relay.rules:
            if rule.at == "dot" and rule.takes("dot", self._recipient):
                # What a relay has kept it carries, whether or not its answer arrives.
                is_refusal = rule.do == "say" and not rule.answer.startswith("2")
                if not is_refusal:
                    self._relay.keep(self._sender, self._recipient, b"".join(lines), rule.do)
                self._relay.seen[f"dot {rule.do}"] += 1
                if await self._do(rule):
                    return
                await self._say(OK)
                return
        self._relay.keep(self._sender, self._recipient, b"".join(lines), "answered")
        await self._say(OK)

    async def _meets(self, at: str) -> bool:
        """Do what the script says here; True when that was the answer."""
        for rule in self._relay.rules:
            if rule.takes(at, self._recipient):
                self._relay.seen[f"{at} {rule.do}"] += 1
                return await self._do(rule)
        return False

    async def _answer(self, at: str, usual: str) -> None:
        if not await self._meets(at):
            await self._say(usual)

    async def _do(self, rule: Rule) -> bool:
        match rule.do:
            case "say":
                await self._say(rule.answer)
                return True
            case "drop":
                raise Broken
            case "stall":
                while any(rule is one for one in self._relay.rules):
                    await self._relay.changed.wait()
                if not rule.answer:
                    raise Broken
                await self._say(rule.answer)
                return True
            case _:
                await asyncio.sleep(rule.seconds)
                return False

    async def _say(self, answer: str) -> None:
        self._writer.write(f"{answer}\r\n".encode())
        await self._writer.drain()


def _address(line: bytes) -> str:
    found = ADDRESS.search(line)
    return found.group(1).decode("utf-8", "replace") if found else ""


async def serve(home: Path, port: int, control_port: int) -> None:
    """Take mail and orders until the end of the process."""
    relay = Relay(home)
    relay.open_journal()

    async def on_mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Talk(relay, reader, writer).run()

    async def on_order(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(json.dumps(relay.scripted(json.loads(line))).encode() + b"\n")
            await writer.drain()
        writer.close()

    mail = await asyncio.start_server(on_mail, HOST, port, limit=LONGEST_LINE)
    orders = await asyncio.start_server(on_order, HOST, control_port)
    await asyncio.gather(mail.serve_forever(), orders.serve_forever())


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
