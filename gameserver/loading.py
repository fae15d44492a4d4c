"""From what the command line names to the games it means."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from gameserver.errors import DefinitionError, StartupError
from gameserver.game import Game
from gameserver.spec import GameSpec


def load_games(target: str) -> list[GameSpec]:
    """Load `PATH.py[:GAME]` or `MODULE[:GAME]`; without GAME, every game that the module defines.

    Raises:
        StartupError: there is no such module or game, or it can't be loaded; one line that says where.

    """
    source, game = _split(target)
    module = _load(source)
    games = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Game) and value is not Game
    }
    if game:
        found = games.get(game) or next((g for g in games.values() if g.spec.name == game), None)
        if found is None:
            raise StartupError(f"{source} has no game {game!r}; it has {', '.join(games) or 'none at all'}")
        return [found.spec]
    own = [g.spec for g in games.values() if g.__module__ == module.__name__]
    found_specs = own or [g.spec for g in games.values()]
    if not found_specs:
        raise StartupError(f"{source} defines no game; subclass gameserver.Game in it")
    return found_specs


def load_function(target: str) -> Callable[..., Any]:
    """Load `PATH.py:FUNCTION` or `MODULE:FUNCTION`; anything that can be called will do.

    Raises:
        StartupError: there is no such module or function, or it can't be loaded; one line that says where.

    """
    source, name = _split(target)
    if not name:
        raise StartupError(f"{target!r} names no function; write {target}:FUNCTION")
    found = getattr(_load(source), name, None)
    if not callable(found):
        raise StartupError(f"{source} has no function {name!r}")
    function: Callable[..., Any] = found
    return function


def _split(target: str) -> tuple[str, str]:
    source, _, name = target.partition(":") if not _is_windows_drive(target) else (target, "", "")
    return source, name


def _load(source: str) -> ModuleType:
    return _load_path(Path(source)) if source.endswith(".py") else _load_module(source)


def _load_path(path: Path) -> ModuleType:
    if not path.is_file():
        raise StartupError(f"there is no file {path}")
    if (path.resolve().parent / "__init__.py").is_file():
        return _load_from_package(path.resolve())
    name = path.stem
    # An author's own modules beside the file can be imported, as when Python runs it.
    sys.path.insert(0, str(path.resolve().parent))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise StartupError(f"{path} is no Python file")
    if name in sys.modules:
        name = f"{name}_{len(sys.modules)}"
        spec.name = spec.loader.name = name  # type: ignore[attr-defined]
    module = importlib.util.module_from_spec(spec)
    # Annotations are resolved, and refusals located, through sys.modules.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        raise _load_failure(str(path), error) from error
    return module


def _load_from_package(path: Path) -> ModuleType:
    """Load a file of a package under its dotted name, so that its relative imports work."""
    names, folder = [path.stem], path.parent
    while (folder / "__init__.py").is_file():
        names.insert(0, folder.name)
        folder = folder.parent
    sys.path.insert(0, str(folder))
    return _load_module(".".join(names[:-1] if path.stem == "__init__" else names))


def _load_module(name: str) -> ModuleType:
    sys.path.insert(0, "")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            raise StartupError(f"there is no module {name!r} (a file is named with its .py)") from error
        raise _load_failure(name, error) from error
    except BaseException as error:
        raise _load_failure(name, error) from error


def _load_failure(source: str, error: BaseException) -> BaseException:
    """Make one line of what went wrong in an author's file, with the place in it."""
    if isinstance(error, DefinitionError):
        return StartupError(str(error))
    if isinstance(error, KeyboardInterrupt):
        return error
    if isinstance(error, SyntaxError):
        return StartupError(f"{error.filename}:{error.lineno}: {error.msg}")
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "importlib" not in f.filename]
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else source
    for frame in frames:
        if frame.filename.endswith(source):
            place = f"{frame.filename}:{frame.lineno}"
    return StartupError(f"{place}: {type(error).__name__}: {error}")


def _is_windows_drive(target: str) -> bool:
    return len(target) > 2 and target[1] == ":" and target[2] in "\\/" and ":" not in target[2:]
