"""The benchmarks' C programs (`loadtest/native/`): built when they are first needed, and after they changed.

Needs Linux and a C compiler, which is installed where that is possible.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCES = Path(__file__).parent / "native"
BUILD = SOURCES / "build"
COMPILERS = ("cc", "gcc", "clang")
FLAGS = ("-O2", "-std=c11", "-Wall", "-Wextra", "-Werror")


class NoCompiler(Exception):
    """There is nothing to build with; says in one line what to install."""


class BuildFailed(Exception):
    """The compiler refuses the program; says why in the compiler's words."""


def build(name: str, *, sources: Path = SOURCES, into: Path = BUILD) -> Path:
    """Give the path of a program; builds it where it isn't there or is older than its sources.

    These are `name.c`, and all `name_*.c` and `name*.h` beside it. Several processes may build at once: each builds for
    itself, and the program is put in its place in one step.

    Raises:
        NoCompiler: none is there, and none can be installed.
        BuildFailed: the program is wrong.

    """
    units = [sources / f"{name}.c", *sorted(sources.glob(f"{name}_*.c"))]
    program = into / name
    changed_ns = max(source.stat().st_mtime_ns for source in (*units, *sources.glob(f"{name}*.h")))
    if program.exists() and program.stat().st_mtime_ns >= changed_ns:
        return program
    compiler = find_compiler() or _installed()
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into) as scratch:
        built = Path(scratch) / name
        done = subprocess.run(  # noqa: S603  # our own sources
            [compiler, *FLAGS, "-o", str(built), *map(str, units)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BuildFailed(f"{name} can't be built:\n{done.stderr.strip()}")
        # As old as what was read, so that a change during the build isn't missed.
        os.utime(built, ns=(changed_ns, changed_ns))
        built.replace(program)
    return program


def find_compiler() -> str | None:
    """Give the path of an installed C compiler; `CC` in the environment comes first."""
    names = (os.environ["CC"],) if os.environ.get("CC") else COMPILERS
    return next((path for name in names if (path := shutil.which(name))), None)


def _installed() -> str:
    """Install Debian's compiler, where this is Debian and we may."""
    if sys.platform != "linux":
        raise NoCompiler("The swarm and the floor need Linux: they wait with epoll.")
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing a C compiler for the benchmarks ...", file=sys.stderr, flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "gcc", "libc6-dev"],
        ):
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)  # noqa: S603
        if compiler := find_compiler():
            return compiler
    raise NoCompiler("The swarm and the floor need a C compiler: install one (Debian: sudo apt install gcc libc6-dev).")
