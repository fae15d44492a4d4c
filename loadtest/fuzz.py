"""Throws a million inputs at a server: messages made from its own `/api/games`, frames and handshakes, mostly broken.

Beside it, one well-behaved player in a room of each game must miss no snapshot, get no error and keep his connection.
Most inputs go to a server whose limits are out of the way, so that they reach what they are meant for; one of fifty to
one with the default limits.

    python -m loadtest.fuzz                       # 1,000,000 inputs; takes ten minutes or so
    python -m loadtest.fuzz --inputs 20000 --seed 7
    python -m loadtest.fuzz --seed 7 --only 123   # one visit again

The exit code is 1 when the server logged an exception or died, ended a connection that it shouldn't have, or kept one
that it should have ended, or when a witness saw anything amiss.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.request import urlopen

import msgspec
import uvloop

from gameserver.arguments import integer
from loadtest.fuzz_messages import GameMessages, Messages
from loadtest.fuzz_session import Tally, Visit
from loadtest.fuzz_witness import Witness
from loadtest.lean import HandshakeFailed
from loadtest.server import counted, logged_errors, server_process, stop_with_server

ROOT = Path(__file__).parent
RESULTS = ROOT / "results" / "fuzz.json"
GAMES = ("gameserver.games.arena", "gameserver.games.tag", "gameserver.games.highcard", str(ROOT / "shapes.py"))
VISITORS = 6
"""Visits at a time."""
DEFAULT_SHARE = 0.02
"""Of inputs, to a server with its default limits."""
FIRST_LIMITED = 10**6
"""Number of the first visit to that one."""
SHOW_EVERY_S = 5.0
MAX_PROBLEMS = 20
"""Then it has seen enough."""
COMMON = (
    # A room that is late then slips, instead of sending once for several ticks: so a gap is never just lateness.
    "--max-late-steps", "1",
    # Rooms that fuzzers leave behind don't pile up, and don't take the time of those that matter.
    "--empty-room-grace-s", "1", "--resume-s", "2", "--max-rooms", "40", "--bots", "3",
)  # fmt: skip
NO_LIMITS = (
    "--messages-per-s", "1000000", "--message-burst", "1000000", "--max-bad-messages", "1000000000",
    "--max-commands-per-tick", "1000", "--chat-per-s", "1000", "--chat-burst", "1000", "--max-connections", "1000",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Throw and print; gives 1 when something is amiss."""
    options = _parser().parse_args(arguments)
    stop_with_server()
    began_s = time.monotonic()
    tally = Tally()
    print(f"\n  fuzz: {options.inputs:,} inputs, seed {options.seed}\n", flush=True)
    few = int(options.inputs * DEFAULT_SHARE)
    for limits, inputs in ((False, options.inputs - few), (True, few)):
        if tally.problems or (options.only is not None and limits is not (options.only >= FIRST_LIMITED)):
            continue
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_phase(options, tally, inputs, limits=limits))
    seconds = time.monotonic() - began_s
    print("\n".join(_closing(options, tally, seconds)), flush=True)
    report = {
        "seed": options.seed, "seconds": round(seconds, 1), "inputs": dict(tally.inputs),
        "outcomes": dict(sorted(tally.outcomes.items())), "problems": tally.problems,
    }  # fmt: skip
    options.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if tally.problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loadtest.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--inputs", type=integer(100, 10**9), default=1_000_000, metavar="N", help="how many (default: %(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="of everything that is thrown (default: %(default)s)")
    add("--only", type=integer(0, 10**9), default=None, metavar="N", help="throw what this one visit throws")
    add("--output", type=Path, default=RESULTS, metavar="FILE",
        help="JSON file to write; the server's log goes beside it (default: loadtest/results/fuzz.json)")  # fmt: skip
    return parser


async def _phase(options: argparse.Namespace, tally: Tally, inputs: int, *, limits: bool) -> None:
    """Throw so many at a server of its own."""
    log = options.output.with_name(f"{options.output.stem}-{'limits' if limits else 'open'}.log")
    flags = (*GAMES, *COMMON, "--seed", str(options.seed), *(() if limits else NO_LIMITS))
    with server_process(clients=64 if limits else 1000, log=log, arguments=flags) as server:
        games = msgspec.json.decode(await asyncio.to_thread(_get, f"{server.url}/api/games"), type=list[GameMessages])
        witnesses = [Witness(server.url, game, options.seed) for game in games]
        for witness in witnesses:
            await witness.arrive()
        await _Phase(options, tally, games, witnesses, log).throw(server.url, inputs, limits=limits)
        for witness in witnesses:
            await witness.leave()
            tally.problems += witness.problems
            tally.outcomes["snapshots that witnesses got"] += witness.snapshots
        slipped = counted(server.url)["gameserver_slipped_ticks_total"]
        tally.outcomes["ticks that rooms gave up"] += slipped
    text = log.read_text(encoding="utf-8")
    if logged_errors(text) and not tally.problems:
        tally.problems.append(f"the server logged, as it stopped: {logged_errors(text)[-1]}")
    if not text.rstrip().endswith("Stopped."):
        tally.problems.append(f"the server didn't stop by itself: {text[-200:]!r}")


class _Phase:
    """The visits to one server."""

    def __init__(
        self,
        options: argparse.Namespace,
        tally: Tally,
        games: Sequence[GameMessages],
        witnesses: Sequence[Witness],
        log: Path,
    ) -> None:
        self._options = options
        self._tally = tally
        self._messages = Messages(games)
        self._witnesses = witnesses
        self._log = log
        self._next = 0
        self._errors = 0
        """In the log so far."""
        self._under_way: set[int] = set()

    async def throw(self, url: str, inputs: int, *, limits: bool) -> None:
        """Let visitors come until so many inputs were thrown, or something is amiss."""
        until = self._tally.inputs.total() + inputs
        only: int | None = self._options.only
        self._next = only if only is not None else FIRST_LIMITED if limits else 0
        visitors = [
            asyncio.create_task(self._visit(url, until, limits=limits)) for _ in range(VISITORS if only is None else 1)
        ]
        while True:
            _, waiting = await asyncio.wait(visitors, timeout=SHOW_EVERY_S)
            self._show()
            if not waiting:
                break
        await asyncio.gather(*visitors)

    async def _visit(self, url: str, until: int, *, limits: bool) -> None:
        while self._tally.inputs.total() < until and not self._amiss():
            number = self._next
            self._next += 1
            self._under_way.add(number)
            visit = Visit(url, self._messages, self._tally, seed=self._options.seed, number=number, limits=limits)
            try:
                await visit.run()
            except (OSError, HandshakeFailed, TimeoutError) as error:
                visit.problem(f"the server lets nobody in: {error!r}")
            self._read_log()
            self._under_way.discard(number)
            if self._options.only is not None:
                return

    def _amiss(self) -> bool:
        problems = len(self._tally.problems) + sum(len(witness.problems) for witness in self._witnesses)
        return problems >= MAX_PROBLEMS

    def _read_log(self) -> None:
        """Note what the server has logged since the last time, and who may have brought it on."""
        errors = logged_errors(self._log.read_text(encoding="utf-8"))
        for error in errors[self._errors :]:
            self._tally.problems.append(f"visits {sorted(self._under_way)}: the server logged {error}")
        self._errors = len(errors)

    def _show(self) -> None:
        inputs, outcomes = self._tally.inputs, self._tally.outcomes
        errors = sum(count for name, count in outcomes.items() if name.startswith("error "))
        print(
            f"  {inputs.total():>9,} inputs   {errors:,} errors answered   {outcomes['joined']:,} joined"
            f"   {sum(w.snapshots for w in self._witnesses):,} snapshots to witnesses",
            flush=True,
        )


def _get(url: str) -> bytes:
    with urlopen(url) as answer:  # noqa: S310  # our own server's
        body: bytes = answer.read()
        return body


def _closing(options: argparse.Namespace, tally: Tally, seconds: float) -> list[str]:
    lines = ["", *(f"  {count:>11,}  {name}" for name, count in sorted(tally.outcomes.items())), ""]
    thrown = ", ".join(f"{count:,} {name}" for name, count in tally.inputs.items())
    lines.append(f"  {tally.inputs.total():,} inputs in {seconds:.0f} s: {thrown}")
    if not tally.problems:
        return [*lines, "", "  Nothing is amiss.", ""]
    lines += ["", "  FAILED.", *(f"    {problem}" for problem in tally.problems[:MAX_PROBLEMS])]
    return [*lines, "", f"  again: python -m loadtest.fuzz --seed {options.seed} --only VISIT", ""]


if __name__ == "__main__":
    sys.exit(main())
