"""The flags of `serve`: every limit is one, and says its unit, its range and its default."""

from __future__ import annotations

import argparse

import msgspec
import pytest
from msgspec import inspect

from gameserver.flags import CHAPTERS, Help, add_serve_flags, settings_of
from gameserver.settings import Settings

FIELDS = msgspec.structs.fields(Settings)


def parser() -> argparse.ArgumentParser:
    """Make a parser with the flags alone."""
    made = argparse.ArgumentParser(formatter_class=Help)
    add_serve_flags(made)
    return made


def flag_of(field: msgspec.structs.FieldInfo) -> str:
    """Give a limit's flag."""
    return "--" + field.name.replace("_", "-")


def test_without_flags_the_limits_are_the_defaults() -> None:
    """All of them."""
    assert settings_of(parser().parse_args([])) == Settings()


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_a_limit_is_set_by_its_flag(field: msgspec.structs.FieldInfo) -> None:
    """To any value of its range, of its own type; beyond it, the flag is refused."""
    kind = inspect.type_info(field.type)
    assert isinstance(kind, inspect.Metadata)
    assert isinstance(kind.type, inspect.IntType | inspect.FloatType)
    most = kind.type.le
    settings = settings_of(parser().parse_args([flag_of(field), str(most)]))
    assert settings == msgspec.structs.replace(Settings(), **{field.name: most})
    assert type(getattr(settings, field.name)) is type(field.default)
    for wrong in ("1e99", "-1", "many", "nan"):
        with pytest.raises(SystemExit):
            parser().parse_args([flag_of(field), wrong])


def test_a_wrong_value_is_answered_with_the_range(capsys: pytest.CaptureFixture[str]) -> None:
    """In one line below the usage."""
    for arguments, wanted in (
        (["--max-message-bytes", "255"], "'255' is not a whole number from 256 to 1048576"),
        (["--drain-s", "x"], "'x' is not a number from 0 to 86400"),
        (["--chat-per-s", "0"], "'0' is not a number above 0, up to 1e+06"),
    ):
        with pytest.raises(SystemExit):
            parser().parse_args(arguments)
        assert capsys.readouterr().err.splitlines()[-1].endswith(f"{arguments[0]}: {wanted}")


def test_help_shows_every_limit_with_its_unit_and_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the heading it belongs to."""
    monkeypatch.setenv("COLUMNS", "1000")
    text = " ".join(parser().format_help().split())
    for field in FIELDS:
        kind = inspect.type_info(field.type)
        assert isinstance(kind, inspect.Metadata)
        unit, what = (kind.extra or {})["unit"], (kind.extra_json_schema or {})["description"]
        assert f"{flag_of(field)} {unit} {what} (default: {field.default})" in text
    headings = [f"{title}: " for title in CHAPTERS.values()]
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)


def test_help_fits_its_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A narrow one too."""
    for columns in (80, 100):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert max(map(len, parser().format_help().splitlines())) < columns
