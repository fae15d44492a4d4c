"""The generic view plays any game: real key events, real clicks, what people see."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Page, WebSocket, expect

from gameserver.games.highcard import Highcard
from gameserver.games.tag import Tag
from gameserver.protocol.replica import Replica
from tests.browser.conftest import OpenPage
from tests.conftest import Running, Serve


async def field(page: Page, table: str, row: str, name: str) -> str:
    """Read what a table in the page says of a row's field: the value as it came over the wire."""
    cell = page.get_by_test_id(f"rows-{table}").locator(f'[data-row="{row}"] [data-field="{name}"]')
    value = await cell.get_attribute("data-value")
    assert value is not None
    return value


async def until(page: Page, table: str, row: str, name: str, accept: str) -> None:
    """Wait until a field's value matches a regular expression."""
    cell = page.get_by_test_id(f"rows-{table}").locator(f'[data-row="{row}"] [data-field="{name}"]')
    await expect(cell).to_have_attribute("data-value", re.compile(f"^(?:{accept})$"))


async def in_game(page: Page) -> str:
    """Wait until the page is in a room; gives the own player's id."""
    await expect(page.locator("body")).to_have_attribute("data-state", "open")
    await expect(page.get_by_test_id("status")).to_be_visible()
    return await page.locator("body").get_attribute("data-player") or ""


async def test_two_play_tag_and_a_third_watches(serve: Serve, open_page: OpenPage, artifacts: Path) -> None:
    """Key by key: Ann runs to Bob until he is it, and the watcher sees the same as they do."""
    running = await serve(Tag, Highcard, tick_rate=None, seed=4)
    ann = await open_page(running.url, name="Ann")
    await expect(ann.get_by_text("No one is playing yet")).to_be_visible()
    await ann.screenshot(path=artifacts / "lobby-empty.png")
    await ann.get_by_test_id("play-tag").click()
    assert await in_game(ann) == "1"
    await until(ann, "runners", "1", "it", "true")

    bob = await open_page(running.url, name="Bob")
    room = running.server.rooms.infos()[0].id
    await bob.get_by_test_id(f"join-{room}").click()
    assert await in_game(bob) == "2"

    eve = await open_page(running.url, name="Eve")
    await eve.screenshot(path=artifacts / "lobby.png")
    await eve.get_by_test_id(f"watch-{room}").click()
    await expect(eve.get_by_test_id("spectator-badge")).to_be_visible()

    await until(ann, "runners", "2", "it", "false")
    await chase(ann, me="1", prey="2", running=running)
    for page in (ann, bob, eve):
        await until(page, "runners", "2", "it", "true")
        await until(page, "runners", "1", "it", "false")
        await expect(page.get_by_test_id("feed")).to_contain_text("Bob")
    await bob.get_by_test_id("chat-input").fill("you wait")
    await bob.get_by_test_id("chat-input").press("Enter")
    await expect(eve.get_by_test_id("feed")).to_contain_text("you wait")
    await ann.screenshot(path=artifacts / "tag-ann.png")
    await eve.screenshot(path=artifacts / "tag-watcher.png")


async def chase(page: Page, *, me: str, prey: str, running: Running) -> None:
    """Hold the arrow keys that lead to the prey, as a person would, until he is it."""
    held: set[str] = set()
    room = next(iter(running.server.rooms._tasks.values())).room
    runners: Any = room.engine.game.runners  # type: ignore[attr-defined]
    for _ in range(400):
        if runners[int(prey)].it:
            break
        dx = int(await field(page, "runners", prey, "x")) - int(await field(page, "runners", me, "x"))
        dy = int(await field(page, "runners", prey, "y")) - int(await field(page, "runners", me, "y"))
        wanted = {"ArrowRight"} if dx > 8 else {"ArrowLeft"} if dx < -8 else set()
        wanted |= {"KeyS"} if dy > 8 else {"KeyW"} if dy < -8 else set()
        for key in held - wanted:
            await page.keyboard.up(key)
        for key in wanted - held:
            await page.keyboard.down(key)
        held = wanted
        await page.wait_for_timeout(50)
    for key in held:
        await page.keyboard.up(key)


async def ticks(page: Page, running: Running, count: int) -> None:
    """Let the only room run so many ticks."""
    until_tick = running.server.rooms.infos()[0].tick + count
    while running.server.rooms.infos()[0].tick < until_tick:
        await page.wait_for_timeout(20)


async def test_typing_doesn_t_steer(serve: Serve, open_page: OpenPage) -> None:
    """A "d" in the chat box is a letter."""
    running = await serve(Tag, Highcard, tick_rate=None)
    page = await open_page(f"{running.url}/?game=tag", name="Ann")
    await page.get_by_test_id("play-tag").click()
    await in_game(page)
    # Who is it at the start counts to two first: the key is held until he runs.
    start = await field(page, "runners", "1", "x")
    key = "KeyD" if int(start) < 400 else "KeyA"
    await page.keyboard.down(key)
    await until(page, "runners", "1", "x", f"(?!{start}$).*")
    await page.keyboard.up(key)
    await page.get_by_test_id("chat-input").click()
    await ticks(page, running, 20)  # what was steered before has arrived
    before = await field(page, "runners", "1", "x"), await field(page, "runners", "1", "y")
    await page.keyboard.type("was sad", delay=60)
    await ticks(page, running, 20)
    assert (await field(page, "runners", "1", "x"), await field(page, "runners", "1", "y")) == before
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("feed")).to_contain_text("was sad")


def hands_in(frames: list[str | bytes]) -> dict[int, set[str]]:
    """Give every hand that a connection was sent, by whose it is."""
    replica: Replica | None = None
    hands: dict[int, set[str]] = {}
    for frame in frames:
        if isinstance(frame, bytes):
            assert replica is not None
            replica.apply_frame(frame)
            for owner, row in replica.tables["hands"].items():
                hands.setdefault(owner, set()).add(row[0])
        elif (message := json.loads(frame))["type"] == "joined":
            replica = Replica(message["payload"]["schema"])
    return hands


async def test_highcard_to_its_end_with_hidden_hands(serve: Serve, open_page: OpenPage, artifacts: Path) -> None:
    """A refusal, a whole game by the command forms, the end; and no hand in another's traffic."""
    running = await serve(Tag, Highcard, seed=11)
    traffic: dict[str, list[str | bytes]] = {}

    async def player(name: str, url: str) -> Page:
        page = await open_page(url, name=name)
        frames = traffic[name] = []

        def note(frame: str | bytes) -> None:  # a function: Playwright can't wrap a bound method of a list
            frames.append(frame)

        def listen(ws: WebSocket) -> None:
            ws.on("framereceived", note)

        page.on("websocket", listen)
        return page

    ann = await player("Ann", running.url)
    await ann.get_by_test_id("play-highcard").click()
    await in_game(ann)
    await ann.get_by_test_id("command-deal").click()
    await expect(ann.get_by_test_id("toast")).to_contain_text("at least two players")
    await ann.screenshot(path=artifacts / "highcard-refused.png")
    bob = await player("Bob", running.url)
    await bob.get_by_test_id("play-highcard").click()
    await in_game(bob)
    eve = await player("Eve", running.url)
    await eve.get_by_test_id(f"watch-{running.server.rooms.infos()[0].id}").click()
    await in_game(eve)
    await ann.get_by_test_id("command-deal").click()
    for page, row in ((ann, "1"), (bob, "2")):
        await until(page, "hands", row, "cards", r"\d+( \d+){4}")
    hands = {name: await field(page, "hands", row, "cards") for name, page, row in
             (("Ann", ann, "1"), ("Bob", bob, "2"))}  # fmt: skip
    await ann.screenshot(path=artifacts / "highcard.png")
    for number in range(10):
        turn = await field(ann, "turn", "0", "player")
        page = {"1": ann, "2": bob}[turn]
        await until(page, "turn", "0", "player", turn)
        hand = (await field(page, "hands", turn, "cards")).split()
        await page.get_by_test_id("field-play-card").fill(hand[0])
        await page.get_by_test_id("command-play").click()
        if number < 9:
            await until(ann, "places", turn, "cards", str(len(hand) - 1))
    for page in (ann, bob, eve):
        await expect(page.get_by_test_id("left-panel")).to_be_visible()
        await expect(page.get_by_test_id("left-panel")).to_have_attribute("data-reason", "ended")
    await ann.screenshot(path=artifacts / "highcard-end.png")
    seen = {name: hands_in(frames) for name, frames in traffic.items()}
    assert hands["Ann"] in seen["Ann"][1]
    assert hands["Bob"] in seen["Bob"][2]
    assert [set(owners) for owners in seen.values()] == [{1}, {2}, set()], "each got his own hand, Eve none"
    for name, others in (("Ann", ("Bob", "Eve")), ("Bob", ("Ann", "Eve"))):
        for other in others:
            assert not any(hands[name] in frame for frame in traffic[other] if isinstance(frame, str))


async def test_the_link_brings_a_friend_into_the_room(serve: Serve, open_page: OpenPage, artifacts: Path) -> None:
    """The address in the bar, opened elsewhere, leads into the same room; on a phone too."""
    running = await serve(Tag, Highcard)
    ann = await open_page(running.url, name="Ann")
    await ann.get_by_test_id("play-tag").click()
    await in_game(ann)
    link = ann.url
    assert running.server.rooms.infos()[0].id in link
    phone = await open_page(link, width=390, height=844, has_touch=True, is_mobile=True, device_scale_factor=3)
    await phone.get_by_test_id("name").fill("Pia")
    await phone.get_by_test_id("accept").click()
    await in_game(phone)
    await expect(ann.get_by_test_id("feed")).to_contain_text("Pia")
    await expect(phone.get_by_test_id("touch-stick")).to_be_visible()
    await phone.screenshot(path=artifacts / "tag-phone.png")
    await phone.get_by_test_id("leave").click()
    await expect(ann.get_by_test_id("feed")).to_contain_text(re.compile("Pia.*left"))


async def test_a_name_that_is_no_good_says_so(serve: Serve, open_page: OpenPage) -> None:
    """The server's refusal stands by the name box; a better name gets in."""
    running = await serve(Tag, Highcard)
    page = await open_page(running.url, name="   ")
    await page.get_by_test_id("play-tag").click()
    await expect(page.get_by_test_id("name-error")).to_be_visible()
    await page.get_by_test_id("name").fill("Ann")
    await page.get_by_test_id("play-tag").click()
    await in_game(page)


async def test_a_lost_server_is_told_and_found_again(serve: Serve, open_page: OpenPage, artifacts: Path) -> None:
    """An overlay while the server is away; when it is back, the page plays on by itself."""
    running = await serve(Tag, Highcard)
    page = await open_page(running.url, name="Ann")
    await page.get_by_test_id("play-tag").click()
    await in_game(page)
    await running.server.stop()
    await expect(page.get_by_test_id("overlay")).to_be_visible()
    await expect(page.get_by_test_id("overlay")).to_contain_text(re.compile("try", re.IGNORECASE))
    await page.screenshot(path=artifacts / "lost-connection.png")
    again = await serve(Tag, Highcard, port=int(running.url.rpartition(":")[2]))
    await expect(page.get_by_test_id("overlay")).to_be_hidden()
    await in_game(page)
    assert [(r.game, r.players) for r in again.server.rooms.infos()] == [("tag", 1)]


async def test_what_comes_over_the_wire_is_text(serve: Serve, open_page: OpenPage) -> None:
    """A name with markup is shown, not run."""
    running = await serve(Tag, Highcard)
    ann = await open_page(running.url, name="Ann")
    await ann.get_by_test_id("play-tag").click()
    await in_game(ann)
    evil = await open_page(running.url, name="<img src=x onerror=a>")
    await evil.get_by_test_id("play-tag").click()
    await in_game(evil)
    await expect(ann.get_by_test_id("feed")).to_contain_text("<img src=x onerror=a>")
    assert await ann.locator("img[src=x]").count() == 0
