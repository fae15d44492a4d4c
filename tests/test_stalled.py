"""`python -m loadtest.stalled`: what it counts, what it asks of the kernel, and a small run. No time is judged here."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from array import array
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from loadtest import stalled
from loadtest.crowd import Fighter
from loadtest.footprint import open_descriptors, rss_bytes, socket_memory
from loadtest.stalled import Pair, Run

ROOT = Path(__file__).parent.parent
PATIENCE_S = 120


def reader(*ticks: int, room: str = "a") -> Fighter:
    """Give somebody who was sent these ticks, at seconds of the same numbers."""
    seen = SimpleNamespace(room=room, ticks=array("L", ticks), times_s=array("d", ticks))
    return cast("Fighter", seen)


def test_a_snapshot_is_missed_only_if_somebody_got_it() -> None:
    """A late room sends nobody anything; the ends of what was measured don't count; rooms are apart."""
    assert stalled._gaps([reader(1, 2, 3, 4), reader(1, 2, 3, 4)], 0) == (0, 0)
    assert stalled._gaps([reader(1, 2, 3, 4), reader(1, 4)], 0) == (2, 0)
    assert stalled._gaps([reader(1, 2, 4), reader(1, 2, 4)], 0) == (0, 1)
    assert stalled._gaps([reader(1, 2, 3, 4), reader(2, 3)], 0) == (0, 0)
    assert stalled._gaps([reader(1, 2, 3, 4), reader(7, 9, room="b")], 0) == (0, 1)
    assert stalled._gaps([reader(1, 2, 3, 4), reader(1, 3, 4)], 3) == (0, 0)


def run(**changed: Any) -> Run:
    """Give a run in which all was well."""
    measured = {"p99_ms": 40.0, "missed": 0, "late": 0, "lost": 0, "cut": 0, "kernel_kib": 30.0, "grown_kib": 100.0}
    return Run(**(measured | changed))


def test_goals() -> None:
    """Each is missed by itself; the server's growth counts beyond that of the run without a stall."""
    fine = Pair(run(), run(p99_ms=44.9, grown_kib=2100.0))
    assert fine.held_kib(20) == pytest.approx(130.0)
    assert stalled._problems([fine], 20) == []
    for bad in (run(p99_ms=45.0), run(missed=1), run(lost=1), run(kernel_kib=161.0), run(grown_kib=2800.0)):
        assert len(stalled._problems([Pair(run(), bad)], 20)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel is asked in Linux's way")
def test_what_the_kernel_holds_for_a_socket() -> None:
    """Bytes that nobody has read are counted on one side, and bytes that found no room on the other."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as peer, listening.accept()[0] as served:
            own = peer.getsockname()[1]
            assert socket_memory(port)[own].unread == socket_memory(port)[own].unsent == 0
            peer.sendall(bytes(10_000))
            assert socket_memory(port)[own].unread >= 10_000
            served.setblocking(False)
            written = 0
            try:
                while True:
                    written += served.send(bytes(65_536))
            except BlockingIOError:
                pass
            held = socket_memory(port)[own]
            assert held.unsent > 0
            assert held.total >= held.unread + held.unsent
            # Whatever was written is either still here, or unread at the peer.
            assert socket_memory(own)[port].unread + held.unsent >= written
        assert rss_bytes(os.getpid()) > 1_000_000
        assert open_descriptors(os.getpid()) >= 4


@pytest.mark.slow
async def test_a_small_run_says_all_that_it_measured() -> None:
    """A server of its own, both runs of a pair, a line with every column, and a verdict that the exit code repeats."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "loadtest.stalled", "--pairs", "1", "--seconds", "2", "--clients", "8", "--stalled", "4",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        output, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    except BaseException:
        process.terminate()  # it stops its server
        await process.wait()
        raise
    text = output.decode()
    assert errors == b"", errors.decode()
    assert process.returncode == (1 if "FAILED" in text else 0), text
    (line,) = (line.split() for line in text.splitlines() if line.startswith("  1 "))
    assert len(line) == 1 + 3 * 2 + 4 + 2 * 2, text  # a number, and some have units
    assert float(line[1]) > 0
    assert float(line[3]) > 0


def test_nobody_left_to_measure_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is started."""
    assert stalled.main(["--clients", "5", "--stalled", "5"]) == 2
    assert "--stalled" in capsys.readouterr().err
