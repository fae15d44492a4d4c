"""The wheel, built, installed and served from a folder that knows nothing of the checkout."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from aiohttp import ClientSession

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the build tools of this environment."""
    folder = tmp_path_factory.mktemp("dist")
    command = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), "."]
    subprocess.run(command, cwd=ROOT, check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def binaries(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone into a fresh environment; its dependencies are borrowed from this one."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=False, symlinks=True)
    python = environment / "bin" / "python"
    install = [*PIP, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True)
    # Found after the environment's own packages; the .pth file that links the checkout isn't read from there.
    (site_packages,) = environment.glob("lib/python*/site-packages")
    (site_packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def test_the_wheel_carries_the_whole_web_client(wheel: Path) -> None:
    """Every file of the client is in it, under the name that the server looks for; nothing of tests or tools is."""
    client = ROOT / "clients" / "web"
    expected = {
        f"gameserver/_web/{path.relative_to(client).as_posix()}" for path in client.rglob("*") if path.is_file()
    }
    names = set(zipfile.ZipFile(wheel).namelist())
    assert expected <= names
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {
        "gameserver",
        "gameserver_client",
        "gameserver_pygame",
    }


def test_the_installed_package_is_the_one_that_runs(binaries: Path, tmp_path: Path) -> None:
    """Without this, the other test could be looking at the checkout."""
    show = [str(binaries / "python"), "-c", "import gameserver; print(gameserver.__file__)"]
    found = subprocess.run(show, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert Path(found.strip()).is_relative_to(binaries.parent)


async def test_a_bare_gameserver_serves_the_client_from_any_folder(binaries: Path, tmp_path: Path) -> None:
    """The command works without the checkout: page, modules and games come, and SIGTERM ends it with 0."""
    process = await asyncio.create_subprocess_exec(
        binaries / "gameserver", "--port", "0", cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    try:
        url = await asyncio.wait_for(printed_address(process), 15)
        async with ClientSession() as session:
            for path, kind, part in (
                ("/", "text/html", "main.js"),
                ("/main.js", "javascript", "import"),
                ("/api/games", "application/json", '"tag"'),
            ):
                async with session.get(url + path) as response:
                    assert (path, response.status) == (path, 200)
                    assert kind in response.content_type
                    assert part in await response.text()
    finally:
        process.terminate()
        await process.communicate()
    assert process.returncode == 0


async def printed_address(process: asyncio.subprocess.Process) -> str:
    """Read what the server prints up to the address to open."""
    assert process.stdout is not None
    async for line in process.stdout:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line.decode()):
            return found[0]
    raise AssertionError("the server ended before it served")
