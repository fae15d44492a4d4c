"""One run of the server from the command line: what it prints, and the signals that end it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from gameserver import __version__
from gameserver.app import Server
from gameserver.spec import GameSpec
from gameserver.wires import SPARE_DESCRIPTORS

log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_THREADS_S = 0.2
"""How long threads are waited for when all else has ended; the interpreter itself would wait for ever."""


def serve(server: Server, host: str, port: int, *, tls: ssl.SSLContext | None) -> None:
    """Serve until a signal comes.

    Raises:
        StartupError: the address can't be had.

    """
    _raise_descriptor_limit(server.settings.max_connections)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_run(server, host, port, tls))
        # Everybody is gone; what is left is at most a thread, which looks up a name for an `authenticate`, say.
        last_call = threading.Timer(_THREADS_S, os._exit, [0])
        last_call.daemon = True
        last_call.start()
    last_call.cancel()


async def _run(server: Server, host: str, port: int, tls: ssl.SSLContext | None) -> None:
    with _stopping_signals() as stop:
        port = await server.start(host, port, tls=tls)
        # What was imported stays for good. Looked through again at each full collection, it would hold the loop for
        # 30 ms; and a flood of tiny messages makes many collections.
        gc.collect()
        gc.freeze()
        say(_greeting(server, host, port, "http" if tls is None else "https"))
        try:
            await stop.wait()
        finally:
            say("\n  Stopping ...")
            await server.stop()
            say("  Stopped.")


@contextlib.contextmanager
def _stopping_signals() -> Iterator[asyncio.Event]:
    """Set an event at the first signal, and end the process at once at the second, with the exit code of shells.

    The handlers are Python's, not the loop's: a game that never returns from a hook holds the loop for good, and must
    not hold the second Ctrl-C.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    told = False

    def on_signal(number: int, _: FrameType | None) -> None:
        nonlocal told
        if told:
            os._exit(128 + number)
        told = True
        loop.call_soon_threadsafe(stop.set)

    for number in _SIGNALS:
        signal.signal(number, on_signal)
    yield stop


def say(text: str) -> None:
    """Print something for whoever started this."""
    # Whoever read our output may be gone; the players are not.
    with contextlib.suppress(OSError):
        print(text, flush=True)


def _greeting(server: Server, host: str, port: int, scheme: str) -> str:
    colour = sys.stdout.isatty()

    def paint(code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour else text

    everywhere = host in {"0.0.0.0", "::"}  # noqa: S104  # compared, not bound
    shown = "127.0.0.1" if everywhere else f"[{host}]" if ":" in host else host
    lines = ["", f"  {paint('1', 'gameserver')} {__version__}", ""]
    lines.append(f"  Open     {paint('1;36', f'{scheme}://{shown}:{port}/')}")
    if everywhere:
        address = _lan_address()
        if address is not None:
            lines.append(f"  Network  {paint('1;36', f'{scheme}://{address}:{port}/')}")
    lines += ["", "  Games"]
    lines += [_game_line(spec, server, paint) for spec in server.specs.values()]
    return "\n".join([*lines, "", f"  {paint('2', 'Ctrl-C stops the server.')}", ""])


def _game_line(spec: GameSpec, server: Server, paint: Callable[[str, str], str]) -> str:
    width = max(len(s.title) for s in server.specs.values())
    rate = server.rooms.tick_rate or spec.tick_rate
    facts = f"{rate:g} Hz, up to {spec.max_players} players"
    return f"    {paint('1', spec.title.ljust(width))}  {paint('2', facts)}"


def _lan_address() -> str | None:
    """Find the address that this machine has on its network; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return None if address.startswith("127.") else address


def _raise_descriptor_limit(connections: int) -> None:
    """Ask for one descriptor for each possible connection, and better for two: many systems start with 1,024 in all."""
    if sys.platform == "win32":  # which has no such limit
        return
    import resource  # noqa: PLC0415  # nor such a module

    needed, wanted = connections + SPARE_DESCRIPTORS, 2 * connections + SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    possible = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    if possible < needed:
        log.warning("the system allows %d open files; --max-connections %d needs %d (ulimit -n)",
                    possible, connections, needed)  # fmt: skip


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Give what makes uvloop's event loops, where there is uvloop; None: asyncio's own."""
    try:
        import uvloop  # noqa: PLC0415  # not on Windows, nor on PyPy
    except ImportError:
        return None
    return uvloop.new_event_loop
