"""`loadtest.peers`: every server is the same game, in rooms of the size asked for, and ends with its context.

Those that have to be installed first are slow.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import signal
import struct
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gameserver.protocol.replica import Replica
from loadtest.bench.observing import observed_file
from loadtest.dialect import MOVERS_INPUTS, Dialect
from loadtest.games import MOVERS, Movers, Push
from loadtest.lean import TEXT, Lean, frame, handshake
from loadtest.movers import Mover, filler
from loadtest.peers import PEERS, Load, Peer, PeerFailed, PeerMissing, Running, colyseus_peer, pinned, process
from tests.support import Party

PATIENCE_S = 60
OURS = "gameserver"
INSTALLED = [pytest.param(name, marks=pytest.mark.slow) for name in ("fastapi", "python-socketio", "colyseus")]
ROOM_SIZE, CLIENTS = 5, 7
Rows = dict[Any, list[int]]
"""By whatever the server knows players by: x, y, vx, vy, and perhaps more."""


# What needs no server.


def test_registry() -> None:
    """Peers are found by their names, and their titles tell versions where there are some."""
    assert list(PEERS) == [OURS, "colyseus", "fastapi", "python-socketio", "floor"]
    for name, peer in PEERS.items():
        assert peer.name == name
        assert name == "floor" or re.search(r"\d+\.\d+\.\d+", peer.title)


def test_pins() -> None:
    """What is installed is what the locks say, hash by hash, from wherever the machine gets its packages."""
    python = pinned.LOCK.read_text(encoding="utf-8")
    assert set(re.findall(r"^[a-z]\S*(?===)", python, re.MULTILINE)) >= {
        "fastapi",
        "uvicorn",
        "python-socketio",
        "uvloop",
    }
    assert "http:" not in python
    assert "https:" not in python
    packages = json.loads(colyseus_peer.LOCK.read_text(encoding="utf-8"))["packages"]
    for name, version in packages.pop("")["dependencies"].items():
        assert packages[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in package and "resolved" not in package for package in packages.values())


@pytest.mark.parametrize("name", [name for name in PEERS if name != "floor"])
def test_inputs_are_said_where_there_are_some(name: str) -> None:
    """Each speed is a template of its own."""
    assert PEERS[name].dialect(Load()).inputs == ()
    assert len(set(PEERS[name].dialect(Load(inputs=True)).inputs)) == len(MOVERS_INPUTS)


def test_room_sizes() -> None:
    """Each size has its game, and what has none is refused before anything starts."""
    assert all(game.spec.max_players == size for size, game in MOVERS.items())
    assert set(MOVERS) == {5, 10, 20, 50, 100, 250, 500}
    with pytest.raises(ValueError, match="not 7"):
        PEERS[OURS].dialect(Load(room_size=7))


def test_the_rules_are_the_same() -> None:
    """A mover of the peers' goes where the game's goes, step by step, through walls and pushes."""
    party = Party(Movers)
    ann = party.join()
    party.step()
    ours, theirs, random = party.game.movers[ann.player], Mover(Random(1)), Random(2)
    theirs.x, theirs.y, theirs.vx, theirs.vy = ours.x, ours.y, ours.vx, ours.vy
    held = (0, 0)
    for step in range(3000):
        if step % 700 == 500:
            held = random.choice((-5, -1, 3)), random.choice((-4, 2, 5))
        theirs.push(*held)
        theirs.move()
        party.room.input(ann.player, Push(vx=held[0], vy=held[1]))
        party.room.step()
        assert theirs.state() == {name: getattr(ours, name) for name in ("x", "y", "vx", "vy", "hp", "score")}


@pytest.mark.parametrize("push", [(6, 1), (1, -6), (1.5, 1), ("1", 1), (True, 1), (None, 1)])
def test_a_push_out_of_bounds_is_nothing(push: tuple[Any, Any]) -> None:
    """The peers' rules refuse what ours do."""
    mover = Mover(Random(1))
    before = mover.state()
    mover.push(*push)
    assert mover.state() == before


def test_filler() -> None:
    """It is as long as it is asked for, and never the same."""
    assert [len(filler(size)) for size in (1, 2, 3, 500)] == [1, 2, 3, 500]
    assert filler(100) != filler(100)


# Processes.

PRINTS_AND_WAITS = "import time; print('http://127.0.0.1:12345', flush=True); time.sleep(600)"


def test_a_process_ends_with_its_context(tmp_path: Path) -> None:
    """Also where something went wrong inside."""
    pids = []
    with pytest.raises(ZeroDivisionError), waiting(tmp_path) as running:
        pids.append(running.pid)
        raise ZeroDivisionError
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_a_process_that_will_not_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It had its time."""
    monkeypatch.setattr(process, "STOP_S", 0.1)
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {PRINTS_AND_WAITS}"
    with process.server([sys.executable, "-c", deaf], core=None, log=tmp_path / "log") as running:
        os.kill(running.pid, signal.SIGTERM)
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)


def test_a_process_has_its_core(tmp_path: Path) -> None:
    """It has that one alone, and we keep ours."""
    ours = os.sched_getaffinity(0)
    with waiting(tmp_path, core=max(ours)) as running:
        assert running[:2] == ("127.0.0.1", 12345)
        assert os.sched_getaffinity(running.pid) == {max(ours)}
    assert os.sched_getaffinity(0) == ours


def test_a_server_that_fails_says_why(tmp_path: Path) -> None:
    """What it printed is in the error."""
    command = [sys.executable, "-c", "raise SystemExit('no port is free')"]
    with pytest.raises(PeerFailed, match="no port is free"), process.server(command, core=None, log=tmp_path / "log"):
        pytest.fail("it runs")


def waiting(folder: Path, *, core: int | None = None) -> Any:
    """Start a process that serves nothing, but says that it did."""
    return process.server([sys.executable, "-c", PRINTS_AND_WAITS], core=core, log=folder / "logs" / "log")


# Installing.


def test_what_an_installer_complains_about() -> None:
    """One line, without the advice that follows."""
    npm = "npm warn old\nnpm error code E404\nnpm error 404 Not Found: ws@9\nnpm error A complete log is there\n"
    assert pinned.first_errors(npm) == "code E404; 404 Not Found: ws@9"
    assert pinned.first_errors("ERROR: No matching distribution found for fastapi\n") == (
        "No matching distribution found for fastapi"
    )
    assert pinned.first_errors("Killed\n") == "Killed"
    assert pinned.first_errors("\n") == "it said nothing"


def test_a_step_that_fails_makes_a_peer_missing(tmp_path: Path) -> None:
    """So does one that can't even begin."""
    with pytest.raises(PeerMissing, match=r"^pip failed: disk full$"):
        pinned.run([sys.executable, "-c", "raise SystemExit('ERROR: disk full')"], "pip", folder=tmp_path)
    with pytest.raises(PeerMissing, match=r"^npm: .*No such file"):
        pinned.run([tmp_path / "nothing"], "npm", folder=tmp_path)


def test_what_is_installed_is_known_by_its_lock(tmp_path: Path) -> None:
    """A folder from another lock is made anew."""
    lock, folder = tmp_path / "lock", tmp_path / "folder"
    lock.write_text("a==1")
    assert not pinned.is_installed(folder, lock)
    folder.mkdir()
    pinned.mark_installed(folder, lock)
    assert pinned.is_installed(folder, lock)
    lock.write_text("a==2")
    assert not pinned.is_installed(folder, lock)


# Servers that run.


class Client:
    """Speaks a dialect, and keeps what it is sent."""

    def __init__(self, dialect: Dialect) -> None:
        self.lean = Lean(self.received)
        self.told: list[bytes] = []
        """Payloads of frames that are no snapshots."""
        self.snapshots: list[bytes] = []
        self._dialect = dialect
        self._news = asyncio.Event()

    @classmethod
    async def connect(cls, running: Running, path: str, dialect: Dialect) -> Client:
        """Connect, and say hello."""
        client = cls(dialect)
        await asyncio.get_running_loop().create_connection(lambda: client.lean, running.host, running.port)
        request = handshake(f"{running.host}:{running.port}").replace(b"/ws", path.encode(), 1)
        client.lean.write(request)
        await asyncio.wait_for(client.lean.upgraded, PATIENCE_S)
        for hello in dialect.hello:
            client.lean.write(frame(TEXT, hello))
        return client

    def received(self, opcode: int, payload: bytes) -> None:
        """Keep a frame, and answer what has to be answered."""
        wanted, prefix = self._dialect.snapshot
        (self.snapshots if opcode == wanted and payload.startswith(prefix) else self.told).append(payload)
        for reply in self._dialect.replies:
            if opcode == reply.opcode and payload.startswith(reply.prefix):
                self.lean.write(frame(reply.answer_opcode, reply.answer))
        self._news.set()

    def send(self, template: bytes, seq: int) -> None:
        """Send an input."""
        self.lean.write(frame(self._dialect.input_opcode, template.replace(b"{seq}", b"%d" % seq)))

    async def until(self, seen: Callable[[], bool]) -> None:
        """Wait until what was received is as one wants it."""
        async with asyncio.timeout(PATIENCE_S):
            while not seen():
                assert not self.lean.closed.is_set(), f"the server hung up: {self.told[-1:]}"
                self._news.clear()
                with suppress(TimeoutError):  # looks now and then: a connection that is lost brings no news
                    await asyncio.wait_for(self._news.wait(), 1)

    async def until_snapshots(self, count: int) -> None:
        """Wait until there are so many."""
        await self.until(lambda: len(self.snapshots) >= count)


@asynccontextmanager
async def playing(peer: Peer, load: Load, clients: int, log: Path) -> AsyncIterator[list[Client]]:
    """Run a peer with clients, who have had a snapshot each."""
    async with AsyncExitStack() as stack:
        running = stack.enter_context(peer.start(load, core=None, log=log))
        paths, dialect = await asyncio.to_thread(peer.paths, running, clients), peer.dialect(load)
        connected = []
        for path in itertools.islice(itertools.cycle(paths), clients):
            client = await Client.connect(running, path, dialect)
            stack.callback(client.lean.abort)
            connected.append(client)
        for client in connected:
            await client.until_snapshots(1)
        yield connected


@pytest.mark.parametrize("name", [OURS, *INSTALLED])
async def test_rooms_of_movers(name: str, tmp_path: Path) -> None:
    """One room is filled before the next begins, everyone in it moves, and a push is a new speed."""
    peer, load = PEERS[name], Load(room_size=ROOM_SIZE, inputs=True)
    await asyncio.to_thread(peer.install, print)
    async with playing(peer, load, CLIENTS, tmp_path / "log") as clients:
        views = [VIEWS[name](client) for client in clients]
        for view in views:
            await view.until(lambda rows: len(rows) in {ROOM_SIZE, CLIENTS - ROOM_SIZE})
        sizes = Counter(len(view.rows()) for view in views)
        assert sizes == {ROOM_SIZE: ROOM_SIZE, CLIENTS - ROOM_SIZE: CLIENTS - ROOM_SIZE}

        for view in views:
            await view.until(moved_from(view.rows()))

        templates = peer.dialect(load).inputs
        for seq, number in enumerate((0, -1), 1):  # two in turn: one of them may be what somebody began with
            for client in clients:
                client.send(templates[number], seq)
            for view in views:
                await view.until(all_pushed(**MOVERS_INPUTS[number][1]))


def moved_from(before: Rows) -> Callable[[Rows], bool]:
    """Tell whether nobody is where he was."""
    return lambda rows: all(row[:2] != before[key][:2] for key, row in rows.items())


def all_pushed(vx: int, vy: int) -> Callable[[Rows], bool]:
    """Tell whether all have a speed, in one direction or, after a wall, the other."""
    return lambda rows: all([abs(speed) for speed in row[2:4]] == [abs(vx), abs(vy)] for row in rows.values())


@pytest.mark.parametrize("observed", [False, True])
def test_ours_is_observed_where_a_window_is_wanted(observed: bool, tmp_path: Path) -> None:
    """Otherwise it is what a user would run."""
    with ExitStack() as stack:
        if observed:
            stack.enter_context(observed_file(tmp_path / "observed"))
        running = stack.enter_context(PEERS[OURS].start(Load(), core=None, log=tmp_path / "log"))
        command = Path(f"/proc/{running.pid}/cmdline").read_bytes().split(b"\0")
    assert command[2].decode() == ("loadtest.bench.observed" if observed else "gameserver")


@pytest.mark.slow
@pytest.mark.parametrize("name", [OURS, *INSTALLED])
async def test_snapshots_come_at_the_rate(name: str, tmp_path: Path) -> None:
    """Twice as many of them at twice the rate, seen side by side, so that a busy machine makes both late."""
    peer = PEERS[name]
    await asyncio.to_thread(peer.install, print)
    slow, fast = Load(rate_hz=10, room_size=ROOM_SIZE), Load(rate_hz=40, room_size=ROOM_SIZE)
    async with (
        playing(peer, slow, 1, tmp_path / "slow") as [one],
        playing(peer, fast, 1, tmp_path / "fast") as [other],
    ):
        before = len(other.snapshots), len(one.snapshots)
        await one.until_snapshots(before[1] + 20)
        assert 40 <= len(other.snapshots) - before[0] <= 120  # 80, if nothing else runs


@pytest.mark.parametrize("name", [OURS, "floor", *INSTALLED])
async def test_fan_out_alone(name: str, tmp_path: Path) -> None:
    """Every snapshot has exactly the size that is asked for, and goes to everyone."""
    await see_frames(name, 512, tmp_path)


@pytest.mark.parametrize("frame_bytes", [128, 4096])
async def test_our_own_frames_have_any_size(frame_bytes: int, tmp_path: Path) -> None:
    """From the least to the most that a load may ask for."""
    await see_frames(OURS, frame_bytes, tmp_path)


async def see_frames(name: str, frame_bytes: int, tmp_path: Path) -> None:
    """Look at what three clients are sent: frames of this size, and of new bytes unless it is the floor."""
    peer, load = PEERS[name], Load(rate_hz=60, frame_bytes=frame_bytes, room_size=500)
    await asyncio.to_thread(peer.install, print)
    async with playing(peer, load, 3, tmp_path / "log") as clients:
        for client in clients:
            start = len(client.snapshots) + 3  # the first ones may tell who else came
            await client.until_snapshots(start + 10)
            steady = client.snapshots[start:]
            assert {len(payload) for payload in steady} == {frame_bytes}
            assert name == "floor" or len(set(steady)) == len(steady)


# How each server's clients see the room.


class View:
    """A client's picture of the movers."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._read = 0
        """How many snapshots were read."""

    def rows(self) -> Rows:
        """Give what the newest snapshot says."""
        raise NotImplementedError

    async def until(self, seen: Callable[[Rows], bool]) -> None:
        """Wait until it is as one wants it."""
        await self._client.until(lambda: seen(self.rows()))

    def _new(self) -> list[bytes]:
        new = self._client.snapshots[self._read :]
        self._read += len(new)
        return new


class OurView(View):
    """Keeps a replica, as docs/protocol.md says."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._replica: Replica | None = None

    def rows(self) -> Rows:
        if self._replica is None:
            told = (json.loads(payload) for payload in self._client.told)
            self._replica = Replica(next(t["payload"]["schema"] for t in told if t["type"] == "joined"))
        for payload in self._new():
            self._replica.apply_frame(payload)
        return {player: list(row) for player, row in self._replica.tables["movers"].items()}


class JsonView(View):
    """Reads the newest snapshot, which is whole."""

    def rows(self) -> Rows:
        said = json.loads(self._client.snapshots[-1].removeprefix(b"42"))
        state = said[1] if isinstance(said, list) else said
        return {player: list(row.values()) for player, row in state["players"].items()}


class ColyseusView(View):
    """Reads as much of @colyseus/schema's format as a map of movers needs, where nobody leaves."""

    FIELDS = ("<H", "<H", "<b", "<b", "<B", "<H")
    ROOT, MAP = 0, 1
    """Ids of instances; the movers have those that follow."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._rows: dict[int, list[int]] = {}

    def rows(self) -> Rows:
        if self._read == 0:
            self._apply(next(payload for payload in self._client.told if payload.startswith(b"\x0e")))
        for payload in self._new():
            self._apply(payload)
        return {key: list(row) for key, row in self._rows.items()}

    def _apply(self, payload: bytes) -> None:
        at, instance = 1, self.ROOT
        while at < len(payload):
            if payload[at] == 0xFF:
                instance, at = payload[at + 1], at + 2
            elif instance == self.ROOT:
                assert payload[at] == 0x80, payload
                at += 2
            elif instance == self.MAP:
                assert payload[at] == 0x80, payload
                assert payload[at + 2] >> 5 == 0b101, payload
                at += 3 + (payload[at + 2] & 0x1F)
                self._rows.setdefault(payload[at], [0] * len(self.FIELDS))
                at += 1
            else:
                field = payload[at] & 0x3F
                (self._rows[instance][field],) = struct.unpack_from(self.FIELDS[field], payload, at + 1)
                at += 1 + struct.calcsize(self.FIELDS[field])


VIEWS: dict[str, type[View]] = {
    OURS: OurView,
    "fastapi": JsonView,
    "python-socketio": JsonView,
    "colyseus": ColyseusView,
}
