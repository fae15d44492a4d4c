"""The programs of `docs/python-client.md` run, and what its tables name is there."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest
from mypy import api as mypy

import gameserver_client
from gameserver.games.tag import Tag
from gameserver_client import ClientError
from tests.conftest import Serve
from tests.peer import PATIENCE_S

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "python-client.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8080"
PROGRAMS = dict(re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize(("name", "says"), [("walk.py", r"^I am at \d+$"), ("draw.py", r"^Ada \(\d+\.\d+, \d+")])
async def test_its_programs_run(serve: Serve, tmp_path: Path, name: str, says: str) -> None:
    """From beginning to end, against a server on another port."""
    running = await serve(Tag)
    assert ADDRESS in PROGRAMS[name]
    program = tmp_path / name
    program.write_text(PROGRAMS[name].replace(ADDRESS, running.url), encoding="utf-8")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", str(program), cwd=tmp_path, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 4 * PATIENCE_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, output.decode()
    assert re.search(says, output.decode(), re.MULTILINE)


def test_its_programs_pass_mypy_strict(tmp_path: Path) -> None:
    """What it shows is typed."""
    files = []
    for name, text in PROGRAMS.items():
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        files.append(str(file))
    options = ["--strict", "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    report, complaint, code = mypy.run([*options, *files])
    assert code == 0, report + complaint


def test_the_first_program_has_ten_lines() -> None:
    """As its heading says, blank ones aside."""
    assert len([line for line in PROGRAMS["walk.py"].splitlines() if line.strip()]) == 10


def test_it_names_every_error() -> None:
    """All that the package exports."""
    errors = {name for name in gameserver_client.__all__ if _is_error(name)}
    assert len(errors) == 6
    assert {name for name in errors if f"`{name}`" not in GUIDE} == set()


def _is_error(name: str) -> bool:
    found = getattr(gameserver_client, name)
    return isinstance(found, type) and issubclass(found, ClientError)
