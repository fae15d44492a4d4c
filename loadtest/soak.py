"""Players who come, play, stall, drop out, come back and go, for minutes on end: does anything break, or pile up?

A server in a process of its own serves the ledger (`loadtest/ledger.py`), a game that shows whatever goes wrong. The
clients are the SDK's; what each does follows from the seed.

    python -m loadtest.soak                   # 200 clients, ten minutes
    python -m loadtest.soak --seconds 60 --clients 50 --seed 7

The exit code is 1 when an invariant was broken, the server logged an error, its memory grew, or it kept tasks or
descriptors after all had left.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gameserver.arguments import integer
from gameserver_client import connect
from loadtest.footprint import open_descriptors, rss_bytes
from loadtest.server import ServerProcess, counted, logged_errors, server_process, stop_with_server
from loadtest.soak_checks import Findings
from loadtest.soak_client import Loop, SoakClient
from loadtest.watched import answers

ROOT = Path(__file__).parent
RESULTS = ROOT / "results" / "soak.json"
LEAVE_S = 40.0
"""Time for all to leave; a client in the middle of something has that to end it."""
EMPTY_S = 30.0
"""Time for the server to be as empty as at the beginning: seats are given up, rooms end."""
ANSWER_POLL_S = 0.05
TERMINAL_EVERY_S, LOG_EVERY_S = 1.0, 10.0
JUDGED_FROM_S = 180
"""A shorter run says nothing of the memory: it is all warm-up."""
WARM_UP = 0.3
"""Share of the run after which memory shouldn't grow any more."""
MAX_GROWN = 0.05
"""From the first to the last third after the warm-up. An allocator keeps what it once needed, and needs vary."""
SERVER_FLAGS = ("--empty-room-grace-s", "2", "--max-behind-s", "2", "--send-buffer-bytes", "8192")
"""So that rooms go, and stalls are noticed, within the seconds that a stall lasts."""


class Watch(logging.Handler):
    """Takes what the SDK warns of as broken: among it are snapshots that don't fit, and failed listeners."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(logging.WARNING)
        self._findings = findings

    def emit(self, record: logging.LogRecord) -> None:
        """Note it, with the last line of what was raised."""
        raised = record.exc_info[1] if record.exc_info else None
        self._findings.breaks("the SDK complained", f"{record.getMessage()} {raised!r}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; gives 1 when something was broken."""
    options = _parser().parse_args(arguments)
    stop_with_server()
    findings = Findings()
    logging.getLogger("gameserver_client").addHandler(Watch(findings))
    log = options.output.with_suffix(".log")
    server_arguments = (str(ROOT / "ledger.py"), "--seed", str(options.seed), *SERVER_FLAGS)
    print(f"\n  soak: {options.clients} clients for {options.seconds} s, seed {options.seed}\n", flush=True)
    with (
        server_process(
            clients=2 * options.clients, log=log, arguments=server_arguments, module="loadtest.watched"
        ) as s,
        asyncio.Runner(loop_factory=Loop) as runner,
    ):
        measured = runner.run(Soak(options, s, log, findings).run())
    _read_log(log, findings)
    report = {
        "clients": options.clients, "seconds": options.seconds, "seed": options.seed, **measured,
        "counts": dict(sorted(findings.counts.items())),
        "broken": dict(findings.broken), "examples": findings.examples,
    }  # fmt: skip
    options.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print("\n".join(_closing(report, options.output)), flush=True)
    return 1 if findings.broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loadtest.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--seconds", type=integer(5, 86_400), default=600, metavar="S", help="how long (default: %(default)s)")
    add("--clients", type=integer(1, 2000), default=200, metavar="N", help="how many (default: %(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="of what they do (default: %(default)s)")
    add("--output", type=Path, default=RESULTS, metavar="FILE",
        help="JSON file to write; the server's log goes beside it (default: loadtest/results/soak.json)")  # fmt: skip
    return parser


class Soak:
    """One run against one server."""

    def __init__(self, options: argparse.Namespace, server: ServerProcess, log: Path, findings: Findings) -> None:
        self._options = options
        self._server = server
        self._log = log
        self._findings = findings
        self._rss: list[int] = []
        self._over = asyncio.Event()
        self._clients: list[SoakClient] = []

    async def run(self) -> dict[str, Any]:
        """Run it all; gives what was measured of the server."""
        # A first visitor makes the server set up what it keeps for good.
        async with connect(self._server.url) as client:
            await (await client.join("ledger")).leave()
        before = await self._when_empty({"connections": 0, "rooms": 0})
        self._clients = [
            SoakClient(number, self._server.url, self._options.seed, self._findings, self._over)
            for number in range(self._options.clients)
        ]
        lives = [asyncio.create_task(client.live()) for client in self._clients]
        await self._watch()
        self._over.set()
        _, late = await asyncio.wait(lives, timeout=LEAVE_S)
        for life in late:
            life.cancel()
        for result in await asyncio.gather(*lives, return_exceptions=True):
            if isinstance(result, BaseException):
                self._findings.breaks("a client failed", repr(result))
        limits = {name: before[name] for name in ("connections", "rooms", "tasks", "descriptors")}
        after = await self._when_empty(limits)
        for name, limit in limits.items():
            if after[name] > limit:
                self._findings.breaks("the server kept something", f"{name}: {limit} before, {after[name]} after")
        return {"before": before, "after": after, "memory": self._judged_memory()}

    async def _watch(self) -> None:
        live = sys.stdout.isatty()
        began_s = shown_s = time.monotonic()
        while (passed_s := time.monotonic() - began_s) < self._options.seconds:
            await asyncio.sleep(min(1.0, self._options.seconds - passed_s))
            self._rss.append(rss_bytes(self._server.pid))
            if time.monotonic() - shown_s >= (TERMINAL_EVERY_S if live else LOG_EVERY_S):
                shown_s = time.monotonic()
                print(("\r\x1b[2K" if live else "") + self._line(passed_s), end="" if live else "\n", flush=True)
        if live:
            print("\r\x1b[2K", end="")

    def _line(self, passed_s: float) -> str:
        counts = self._findings.counts
        seated = sum(client.seated for client in self._clients)
        return (
            f"  {passed_s:4.0f} of {self._options.seconds} s   {seated} in rooms   {counts['snapshots']:,} snapshots"
            f"   {counts['events']:,} events   {counts['seats resumed']:,} resumed   {self._rss[-1] / 2**20:.0f} MiB"
            f"   {self._findings.broken.total()} broken"
        )

    async def _when_empty(self, before: dict[str, int]) -> dict[str, int]:
        """Wait until the server holds no more than before; gives what it holds then, or still."""
        deadline_s = time.monotonic() + EMPTY_S
        while True:
            held = await self._held()
            if all(held[name] <= before[name] for name in before) or time.monotonic() > deadline_s:
                return held
            await asyncio.sleep(0.5)

    async def _held(self) -> dict[str, int]:
        now = await asyncio.to_thread(counted, self._server.url)
        descriptors = open_descriptors(self._server.pid)
        asked = len(answers(self._log))
        os.kill(self._server.pid, signal.SIGUSR1)
        for _ in range(int(EMPTY_S / ANSWER_POLL_S)):
            if len(answers(self._log)) > asked:
                break
            await asyncio.sleep(ANSWER_POLL_S)
        return {
            "connections": now["gameserver_connections"],
            "rooms": now["gameserver_rooms"],
            "descriptors": descriptors,
        } | answers(self._log)[-1]

    def _judged_memory(self) -> dict[str, float | bool]:
        settled = self._rss[int(len(self._rss) * WARM_UP) :]
        third = max(1, len(settled) // 3)
        first, last = statistics.median(settled[:third]), statistics.median(settled[-third:])
        grown, judged = last / first - 1, self._options.seconds >= JUDGED_FROM_S
        if judged and grown > MAX_GROWN:
            self._findings.breaks("the server's memory grows", f"{first / 2**20:.1f} to {last / 2**20:.1f} MiB")
        return {
            "first_third_mib": round(first / 2**20, 1), "last_third_mib": round(last / 2**20, 1),
            "most_mib": round(max(self._rss) / 2**20, 1), "grown": round(grown, 4), "judged": judged,
        }  # fmt: skip


def _read_log(log: Path, findings: Findings) -> None:
    """Take every error that the server logged for broken, and count its warnings."""
    text = log.read_text(encoding="utf-8")
    for line in logged_errors(text):
        findings.breaks("the server logged an error", line)
    findings.counts["warnings in the server's log"] = text.count(" WARNING ")
    if not text.rstrip().endswith("Stopped."):
        findings.breaks("the server didn't stop by itself", text[-200:])


def _closing(report: dict[str, Any], output: Path) -> list[str]:
    memory, before, after = report["memory"], report["before"], report["after"]
    lines = [f"  {count:>11,}  {name}" for name, count in report["counts"].items()]
    lines += [
        "",
        f"  memory: {memory['first_third_mib']} MiB, at the end {memory['last_third_mib']} MiB ({memory['grown']:+.1%})"
        + ("" if memory["judged"] else f"; not judged in less than {JUDGED_FROM_S} s"),
        "  held before and after: " + ", ".join(f"{name} {before[name]} / {after[name]}" for name in before),
    ]
    if report["broken"]:
        lines += ["", "  FAILED."]
        lines += [f"  {count:>6,} x {what}" for what, count in report["broken"].items()]
        lines += ["", *(f"    {example}" for example in report["examples"])]
    else:
        lines += ["", "  Nothing was broken."]
    return [*lines, "", f"  written to {output}", ""]


if __name__ == "__main__":
    sys.exit(main())
