"""Rows and tables: ids, ownership, bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta

from gameserver import F32, I8, U16, Row, StateError
from gameserver.protocol.rows import Owners
from gameserver.protocol.tables import EMPTY, Capture, One, PerPlayer, Secret, Table, View


class Body(Row):
    """Every type of field once."""

    x: U16 = 0
    dx: I8 = 0
    hot: bool = False
    heat: F32 = 0.0
    name: Annotated[str, Meta(max_length=5)] = ""
    data: Annotated[bytes, Meta(max_length=5)] = b""


class Other(Row):
    """A row of another type."""

    x: U16 = 0


class Shot(Row, linear=True):
    """A row that moves in a straight line."""

    x: U16
    y: U16
    vx: I8
    vy: I8
    born: U16


@pytest.fixture
def owners() -> Owners:
    """Where rows live."""
    return {}


@pytest.fixture
def table(owners: Owners) -> Table[Body]:
    """An empty table."""
    return Table("bodies", Body, owners)


def test_ids_rise_and_are_never_used_again(table: Table[Body]) -> None:
    """Ids go up from 1, whatever was taken out, by whichever way."""
    assert [table.add(Body()) for _ in range(3)] == [1, 2, 3]
    del table[3]
    assert table.add(Body()) == 4
    table.popitem()
    table.pop(1)
    table.clear()
    assert table.add(Body()) == 5
    assert list(table) == [5]


def test_a_table_reads_like_a_dict(table: Table[Body]) -> None:
    """Reading, iterating and membership are a dict's, in the order of putting in."""
    first, second = Body(x=1), Body(x=2)
    table.add(first)
    table.add(second)
    assert table[1] is first
    assert table.get(7) is None
    assert 2 in table
    assert len(table) == 2
    assert [(i, row.x) for i, row in table.items()] == [(1, 1), (2, 2)]


@pytest.mark.parametrize(
    "take_out",
    [
        lambda table: table.pop(1),
        lambda table: table.popitem(),
        lambda table: table.clear(),
        lambda table: table.__delitem__(1),
        lambda table: table.__setitem__(1, Body()),
        lambda table: table.load([], 1),
    ],
    ids=["pop", "popitem", "clear", "del", "replace", "load"],
)
def test_a_row_taken_out_may_live_elsewhere(table: Table[Body], owners: Owners, take_out: Callable[..., Any]) -> None:
    """Every way out gives the row free."""
    row = Body()
    table.add(row)
    take_out(table)
    elsewhere = Table("elsewhere", Body, owners)
    assert elsewhere.add(row) == 1
    assert owners[id(row)] == "elsewhere[1]"


def test_pop_of_what_is_not_there(table: Table[Body]) -> None:
    """Without default it is a KeyError, with one (None too) the default."""
    with pytest.raises(KeyError):
        table.pop(1)
    assert table.pop(1, None) is None
    with pytest.raises(KeyError):
        table.popitem()
    with pytest.raises(KeyError):
        del table[1]


def test_a_row_lives_in_one_place(table: Table[Body], owners: Owners) -> None:
    """Putting a row in twice, in one table or in two, is refused with the place where it lives."""
    row = Body()
    table.add(row)
    with pytest.raises(StateError, match=r"bodies\[2\]: this Body lives in bodies\[1\] already; make a copy"):
        table.add(row)
    with pytest.raises(StateError, match=r"lives in bodies\[1\]"):
        Table("others", Body, owners).add(row)
    with pytest.raises(StateError, match=r"me\[0\].*lives in bodies\[1\]"):
        One("me", Body, owners).put(row)
    assert table.add(Body()) == 2
    assert table[1] is row


def test_a_refused_row_takes_nothing_with_it(table: Table[Body]) -> None:
    """After a refusal the table is as before, the replaced row included."""
    first, second = Body(), Body()
    table.add(first)
    table.add(second)
    with pytest.raises(StateError):
        table[1] = second
    assert table[1] is first
    with pytest.raises(StateError, match="lives in"):
        table.add(first)


def test_a_row_may_be_put_where_it_is(table: Table[Body]) -> None:
    """Assigning a row to its own place changes nothing."""
    row = Body()
    table.add(row)
    table[1] = row
    assert table[1] is row
    with pytest.raises(StateError, match="lives in"):
        table.add(row)


def test_only_rows_of_its_type(table: Table[Body]) -> None:
    """Another row type, a subclass, or no row at all is refused by name."""

    class Special(Body):
        y: U16 = 0

    wrong: list[Any] = [Other(), Special(), None, 5]
    for row in wrong:
        with pytest.raises(StateError, match=f"a Body belongs here, not a {type(row).__name__}"):
            table.add(row)


def test_the_engine_gives_the_ids(table: Table[Body]) -> None:
    """A new id by assignment or setdefault is refused, an existing one may be replaced."""
    with pytest.raises(StateError, match=r"bodies\.add\(row\)"):
        table[9] = Body()
    with pytest.raises(StateError, match=r"bodies\.add\(row\)"):
        table.setdefault(9, Body())
    table.add(Body())
    new = Body(x=5)
    table[1] = new
    assert table.setdefault(1) is new
    assert list(table) == [1]


def test_rows_go_in_one_at_a_time(table: Table[Body]) -> None:
    """The ways of a dict around the checks are closed."""
    row = Body()
    with pytest.raises(StateError, match="one at a time"):
        table.update({1: row})
    with pytest.raises(StateError, match="one at a time"):
        table |= {1: row}
    assert not table


def test_per_player_rows_belong_to_players(owners: Owners) -> None:
    """Rows of players can be set, replaced and defaulted; strangers and `add` are refused."""
    players = {3: None, 4: None}
    bodies = PerPlayer("bodies", Body, owners, players)
    bodies[3] = Body(x=1)
    bodies[3] = Body(x=2)
    bodies.setdefault(4, Body(x=3))
    assert {i: row.x for i, row in bodies.items()} == {3: 2, 4: 3}
    with pytest.raises(StateError, match="there is no player 5"):
        bodies[5] = Body()
    with pytest.raises(StateError, match=r"use bodies\[player.id\] = row"):
        bodies.add(Body())
    with pytest.raises(StateError, match=r"bodies\[4\].*lives in bodies\[3\]"):
        bodies[4] = bodies[3]


def test_one_row_is_replaced(owners: Owners) -> None:
    """The table behind a bare row has id 0, and a replaced row is free again."""
    one = One("turn", Body, owners)
    first, second = Body(), Body()
    one.put(first)
    one.put(second)
    assert dict(one) == {0: second}
    Table("bodies", Body, owners).add(first)


def test_kinds_and_schema(owners: Owners) -> None:
    """Each kind of table says what it is, and a linear row says so."""
    kinds = {t.kind for t in (Table, PerPlayer, Secret, One)}
    assert kinds == {"table", "per_player", "secret", "one"}
    fields = [["x", "u16"], ["dx", "i8"], ["hot", "bool"], ["heat", "f32"], ["name", "str"], ["data", "bytes"]]
    assert Secret("s", Body, owners, {}).schema() == {"kind": "secret", "fields": fields}
    assert Table("shots", Shot, owners).schema()["linear"] is True


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("x", -1, "bodies[2].x is -1: Expected `int` >= 0"),
        ("x", 65_536, "bodies[2].x is 65536: Expected `int` <= 65535"),
        ("x", 1.0, "bodies[2].x is 1.0: Expected `int`, got `float`"),
        ("x", True, "bodies[2].x is True: Expected `int`, got `bool`"),
        ("x", None, "bodies[2].x is None: Expected `int`, got `null`"),
        ("dx", 128, "bodies[2].dx is 128: Expected `int` <= 127"),
        ("dx", 10**50, "bodies[2].dx is 1000000000000"),
        ("hot", 1, "bodies[2].hot is 1: Expected `bool`, got `int`"),
        ("heat", float("nan"), "bodies[2].heat is nan: Expected `float`"),
        ("heat", float("inf"), "bodies[2].heat is inf: Expected `float`"),
        ("heat", 1e39, "bodies[2].heat is 1e+39: Expected `float`"),
        ("heat", True, "bodies[2].heat is True: Expected `float`, got `bool`"),
        ("name", "sixsix", "bodies[2].name is 'sixsix': Expected `str` of length <= 5"),
        ("name", b"x", "bodies[2].name is b'x': Expected `str`, got `bytes`"),
        ("data", b"sixsix", "bodies[2].data is b'sixsix': Expected `bytes` of length <= 5"),
        ("data", "x" * 100, "bodies[2].data is 'xxxx"),
    ],
)
@pytest.mark.parametrize("known", [True, False], ids=["changed", "new"])
def test_capture_names_what_breaks(table: Table[Body], field: str, value: object, problem: str, known: bool) -> None:
    """A value outside its field is named with row, field and value, in a row that is new or changed."""
    table.add(Body())
    row = Body(x=7, dx=7, hot=False, heat=7.5)
    if known:
        table.add(row)
        table.add(Body())
    before = table.capture(None)
    if not known:
        table.add(row)
    setattr(row, field, value)
    with pytest.raises(StateError) as caught:
        table.capture(before)
    assert str(caught.value).startswith(problem)
    assert len(str(caught.value)) < 150
    assert "\n" not in str(caught.value)


def test_capture_copies(table: Table[Body]) -> None:
    """A capture keeps its values when rows change after it, and the next sees the change."""
    row = Body(x=1, name="a")
    table.add(row)
    first = table.capture(None)
    row.x = 2
    second = table.capture(first)
    assert first.by_id() == {1: (1, 0, False, 0.0, "a", b"")}
    assert second.by_id() == {1: (2, 0, False, 0.0, "a", b"")}


def test_an_unchanged_table_shares_its_capture(table: Table[Body]) -> None:
    """Where nothing changed the capture is the one before, so that comparing costs nothing."""
    table.add(Body())
    first = table.capture(None)
    assert table.capture(first) is first
    assert Table("none", Body, {}).capture(None).ids == EMPTY.ids


def test_capture_sees_rows_come_and_go(table: Table[Body]) -> None:
    """Rows put in and taken out are in the ids, also when their number stays the same."""
    table.add(Body(x=1))
    first = table.capture(None)
    del table[1]
    table.add(Body(x=1))
    assert table.capture(first).ids == (2,)


def test_load_replaces_everything(table: Table[Body]) -> None:
    """Saved rows come with their ids and the next id."""
    table.add(Body())
    table.load([(5, Body(x=5)), (3, Body(x=3))], 9)
    assert [(i, row.x) for i, row in table.items()] == [(5, 5), (3, 3)]
    assert table.add(Body()) == 9


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["add", "del", "pop", "replace", "popitem", "clear"]), st.integers(1, 8))))
def test_owners_are_exactly_the_rows_that_live(steps: list[tuple[str, int]]) -> None:
    """After any changes the owners are the rows in tables, each at its place, and nothing else."""
    owners: Owners = {}
    table = Table("bodies", Body, owners)
    kept = []  # so that no id of an object is used again
    for action, row_id in steps:
        row = Body()
        kept.append(row)
        if action == "add":
            table.add(row)
        elif action == "clear":
            table.clear()
        elif action == "pop":
            table.pop(row_id, None)
        elif action == "replace" and row_id in table:
            table[row_id] = row
        elif action == "del" and row_id in table:
            del table[row_id]
        elif action == "popitem" and table:
            table.popitem()
        assert owners == {id(row): f"bodies[{i}]" for i, row in table.items()}


def test_a_view_gives_rows_by_type() -> None:
    """The public rows of a type, the only row of a type, and one clear line where there is none."""
    table = Table("bodies", Body, {})
    table.add(Body(x=4))
    view = View({Body: table}, now=7)
    assert view.now == 7
    assert view.rows(Body)[1].x == 4
    assert view.one(Body).x == 4
    with pytest.raises(StateError, match="not one public table holds Other rows"):
        view.rows(Other)


def test_captures_pair_ids_with_rows() -> None:
    """A capture with a row too many is a bug, not a shorter table."""
    with pytest.raises(ValueError, match="zip"):
        Capture((1,), []).by_id()
