"""Lost connections in a browser: what nobody notices, what is said, and seats that move from page to page."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from playwright.async_api import Locator, Page, WebSocket, expect

from gameserver.games.tag import Runner, Tag
from gameserver.jwt_tickets import JwtTickets
from gameserver.settings import Settings
from tests.browser.conftest import OpenPage
from tests.conftest import Connect, Running, Serve
from tests.peer import Peer

SECRET = b"0123456789abcdef0123456789abcdef"
CHUNK_BYTES = 65_536
WALL_X = 800
"""Where tag's world ends."""

WATCH_THE_OVERLAY = """() => {
    window.overlayChanges = 0;
    const overlay = document.querySelector("[data-testid=overlay]");
    const count = (changes) => { window.overlayChanges += changes.length; };
    new MutationObserver(count).observe(overlay, { attributes: true });
}"""
"""Sees an overlay that comes and goes between two looks."""

RETRIES_MS = 40_000
"""How long a page may need to come back: its tries come ever less often."""


class Cable:
    """A TCP proxy on a port of its own, through which a page reaches its server, and which can be pulled out."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listening: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def url(self) -> str:
        """Where the server is to be found through it."""
        return f"http://127.0.0.1:{self._port}"

    async def plug(self) -> None:
        """Let connections through."""
        self._listening = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._listening.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Break all connections; new ones can be made at once."""
        for writer in list(self._writers):
            writer.transport.abort()

    def pull(self) -> None:
        """Break all connections, and refuse new ones."""
        if self._listening is not None:
            self._listening.close()
        self.cut()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:  # the server is gone
            writer.transport.abort()
            return
        await asyncio.gather(self._pass_on(reader, far_writer), self._pass_on(far_reader, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while data := await reader.read(CHUNK_BYTES):
                writer.write(data)
                await writer.drain()
        except OSError:  # cut
            pass
        finally:
            self._writers.discard(writer)
            writer.close()


Wire = Callable[[Running], Awaitable[Cable]]


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """Lay cables to servers."""
    cables: list[Cable] = []

    async def lay(running: Running) -> Cable:
        cable = Cable(int(running.url.rpartition(":")[2]))
        await cable.plug()
        cables.append(cable)
        return cable

    yield lay
    for cable in cables:
        cable.pull()


def body(page: Page) -> Locator:
    """Give what says where a page is."""
    return page.locator("body")


def overlay(page: Page) -> Locator:
    """Give what covers a page without a connection."""
    return page.get_by_test_id("overlay")


def left(page: Page, reason: str) -> Locator:
    """Give what stands over a room that is over."""
    return page.locator(f'[data-testid=left-panel][data-reason="{reason}"]')


def away(page: Page) -> Locator:
    """Give the notes beside the names of those who are away."""
    return page.locator(".player-tag.away .note")


def row_of(page: Page, player: int) -> Locator:
    """Give somebody's row in the table of runners."""
    return page.get_by_test_id("rows-runners").locator(f'[data-row="{player}"]')


async def runs_past(page: Page, player: int, x: int) -> None:
    """Wait until a page's table has somebody further to the right than this."""
    cell = f'[data-testid=rows-runners] [data-row="{player}"] [data-field=x]'
    await page.wait_for_function(
        "([cell, x]) => Number(document.querySelector(cell)?.dataset.value) > x", arg=[cell, x]
    )


async def comings_and_goings(page: Page) -> list[str | None]:
    """Tell what a page's feed said of players."""
    lines = await page.locator("[data-testid=feed] li[data-change]").all()
    return [await line.get_attribute("data-change") for line in lines]


async def play(page: Page) -> None:
    """Take a seat in the lobby's only game."""
    await page.get_by_test_id("play-tag").click()
    await expect(page.get_by_test_id("status")).to_be_visible()


async def ann_and_a_peer(serve: Serve, open_page: OpenPage, connect: Connect) -> tuple[Running, Page, Peer]:
    """Let Ann play, and somebody without a page who hears whatever is said of her."""
    running = await serve(Tag, tick_rate=None, seed=4)
    ann = await open_page(running.url, name="Ann")
    await play(ann)
    bob = await connect(running)
    await bob.join(game="tag", name="Bob")
    await expect(row_of(ann, 2)).to_be_visible()
    return running, ann, bob


async def heard_of_players(peer: Peer) -> list[str]:
    """Tell what a peer heard of players so far."""
    await peer.send("ping", {"t": 1})
    await peer.expect("pong", t=1)
    return [message["type"] for message in peer.seen if message["type"].startswith("player_")]


def runner(running: Running, player: int) -> Runner:
    """Give somebody's row, as the server has it."""
    (task,) = running.server.rooms._tasks.values()
    game: Any = task.room.engine.game
    row: Runner = game.runners[player]
    return row


async def cut_until_unnoticed(page: Page, cable: Cable) -> int:
    """Cut a page off until it comes back before it shows anything; gives how many cuts that took.

    On a busy machine it may be away for longer than what goes unnoticed, and is then right to say so.
    """
    for cut in range(1, 6):
        await page.evaluate("window.overlayChanges = 0")
        cable.cut()
        await expect(body(page)).to_have_attribute("data-resumes", str(cut), timeout=RETRIES_MS)
        await expect(overlay(page)).to_be_hidden()
        if await page.evaluate("window.overlayChanges") == 0:
            return cut
    raise AssertionError("each of five cuts was shown")


async def test_a_short_cut_goes_unnoticed_a_longer_one_does_not(
    serve: Serve, wire: Wire, open_page: OpenPage, artifacts: Path
) -> None:
    """With a key held, Ann runs on in her seat, and nothing covers her page; then it is covered until she is back."""
    # A machine that stands still for a second while nobody can tell Ann must not cost ticks: she would begin anew.
    running = await serve(Tag, tick_rate=None, seed=4, settings=Settings(max_late_steps=1000))
    cable = await wire(running)
    ann = await open_page(cable.url, name="Ann")
    await play(ann)
    bob = await open_page(running.url, name="Bob")
    await play(bob)
    await expect(row_of(bob, 1)).to_be_visible()
    start = runner(running, 1).x
    assert start < WALL_X / 2
    await ann.keyboard.down("d")
    await runs_past(bob, 1, start)
    await ann.evaluate(WATCH_THE_OVERLAY)

    cuts = await cut_until_unnoticed(ann, cable)
    runner(running, 1).x = 0  # there is a long way to go again, however long that took
    await expect(row_of(bob, 1).locator("[data-field=x]")).to_have_attribute("data-value", re.compile(r"^\d{1,2}$"))
    await runs_past(ann, 1, start)
    await runs_past(bob, 1, start)
    await expect(body(ann)).to_have_attribute("data-player", "1")
    assert await comings_and_goings(ann) == ["joined"]
    heard = await comings_and_goings(bob)
    assert set(heard) <= {"away", "back"}
    await expect(away(bob)).to_have_count(0)
    await ann.keyboard.up("d")

    cable.pull()
    await expect(overlay(ann)).to_be_visible()
    await expect(overlay(ann)).to_contain_text("Connection lost")
    await expect(away(bob)).to_have_text(["away"])
    await ann.screenshot(path=artifacts / "resume-outage.png")
    await bob.screenshot(path=artifacts / "resume-away.png")
    await cable.plug()
    await expect(body(ann)).to_have_attribute("data-resumes", str(cuts + 1), timeout=RETRIES_MS)
    await expect(overlay(ann)).to_be_hidden()
    await expect(body(ann)).to_have_attribute("data-player", "1")
    await expect(ann.get_by_test_id("feed")).to_contain_text("You're back.")
    await expect(away(bob)).to_have_count(0)
    assert await comings_and_goings(bob) == [*heard, "away", "back"]
    await bob.screenshot(path=artifacts / "resume-back.png")


async def test_a_reload_keeps_the_seat(serve: Serve, open_page: OpenPage, connect: Connect) -> None:
    """Ann is the same player in the same room as before, and nobody else has come."""
    running, ann, bob = await ann_and_a_peer(serve, open_page, connect)
    await ann.reload()
    await expect(row_of(ann, 2)).to_be_visible()
    await expect(body(ann)).to_have_attribute("data-player", "1")
    (room,) = running.server.rooms.infos()
    await expect(body(ann)).to_have_attribute("data-room", room.id)
    assert room.players == 2
    assert await heard_of_players(bob) in ([], ["player_away", "player_back"])


async def test_a_seat_moves_to_another_tab_and_back(
    serve: Serve, open_page: OpenPage, connect: Connect, artifacts: Path
) -> None:
    """A copy of Ann's tab takes her seat; the first says so, and takes it back when asked to. Others hear nothing."""
    _, ann, bob = await ann_and_a_peer(serve, open_page, connect)
    async with ann.expect_popup() as opened:
        # As browsers duplicate a tab: a page that is opened by another begins with a copy of its session storage.
        await ann.evaluate("void window.open(location.href)")
    copy = await opened.value
    await expect(body(copy)).to_have_attribute("data-player", "1")
    await expect(left(ann, "replaced")).to_be_visible()
    await expect(overlay(ann)).to_be_hidden()
    await ann.bring_to_front()
    await ann.screenshot(path=artifacts / "resume-elsewhere.png")

    await ann.get_by_test_id("take-back").click()
    await expect(left(copy, "replaced")).to_be_visible()
    await expect(left(ann, "replaced")).to_have_count(0)
    await expect(row_of(ann, 2)).to_be_visible()
    await expect(body(ann)).to_have_attribute("data-player", "1")
    assert await heard_of_players(bob) == []


async def test_a_server_that_wants_tickets(serve: Serve, open_page: OpenPage, artifacts: Path) -> None:
    """Without one a page says why it isn't let in, and tries again only when told to; with one it plays."""
    running = await serve(Tag, tick_rate=None, authenticate=JwtTickets(SECRET))
    page = await open_page(running.url, name="Ann")
    tries: list[str] = []

    def note(socket: WebSocket) -> None:
        tries.append(socket.url)

    page.on("websocket", note)
    await page.clock.install()
    await page.get_by_test_id("play-tag").click()
    await expect(body(page)).to_have_attribute("data-state", "closed")
    await expect(overlay(page)).to_contain_text("A ticket is needed")
    await page.screenshot(path=artifacts / "resume-no-ticket.png")
    await page.clock.run_for(120_000)
    assert len(tries) == 1
    await overlay(page).get_by_role("button", name="Try again").click()
    await expect(body(page)).to_have_attribute("data-state", "closed")
    assert len(tries) == 2

    ticket = jwt.encode({"sub": "7", "name": "Ada", "exp": time.time() + 600}, SECRET, algorithm="HS256")
    await page.goto(f"{running.url}/?ticket={ticket}")
    await play(page)
    await expect(body(page)).to_have_attribute("data-player", "1")
    await expect(row_of(page, 1)).to_contain_text("Ada")
    await expect(overlay(page)).to_be_hidden()


async def test_a_server_that_is_full(serve: Serve, connect: Connect, open_page: OpenPage, artifacts: Path) -> None:
    """The page says so, and when it will try again, which a person may hurry."""
    running = await serve(Tag, tick_rate=None, settings=Settings(max_connections_per_address=1))
    other = await connect(running)
    page = await open_page(running.url, name="Ann")
    await page.get_by_test_id("play-tag").click()
    await expect(overlay(page)).to_contain_text("Too many connections from this address.")
    await expect(overlay(page)).to_contain_text(re.compile(r"Trying again in \d+ s"))
    await page.screenshot(path=artifacts / "resume-full.png")
    await other.close()
    await overlay(page).get_by_role("button", name="Retry now").click()
    await expect(body(page)).to_have_attribute("data-player", "1")
    await expect(overlay(page)).to_be_hidden()
