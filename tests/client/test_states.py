"""States as named tuples."""

from gameserver_client.states import StateBuilder, row_class, table_of_kind

SCHEMA = {
    "runners": {"kind": "per_player", "fields": [["x", "u16"], ["y", "u16"]]},
    "turn": {"kind": "one", "fields": [["player", "u32"]]},
}


def test_rows_have_fields() -> None:
    """And each table's a class of its own."""
    state = StateBuilder(SCHEMA).build(7, {"runners": {3: (10, 20)}, "turn": {0: (3,)}})
    assert state.tick == 7
    assert state.tables["runners"][3].x == 10
    assert state.tables["runners"][3] == (10, 20)
    assert repr(state.tables["runners"][3]) == "RunnersRow(x=10, y=20)"
    turn = state.one("turn")
    assert turn is not None
    assert turn.player == 3


def test_a_table_that_was_never_told_of_is_empty() -> None:
    """And a table of one row may have none yet."""
    state = StateBuilder(SCHEMA).build(7, {"runners": {}, "turn": {}})
    assert state.tables == {"runners": {}, "turn": {}}
    assert state.one("turn") is None


def test_what_did_not_change_is_the_same_object() -> None:
    """Rows and tables; and states stay as they were."""
    builder = StateBuilder(SCHEMA)
    turn = {0: (3,)}
    kept = (10, 20)
    first = builder.build(7, {"runners": {3: kept, 4: (1, 1)}, "turn": turn})
    second = builder.build(8, {"runners": {3: kept, 4: (1, 2)}, "turn": turn})
    assert second.tables["turn"] is first.tables["turn"]
    assert second.tables["runners"][3] is first.tables["runners"][3]
    assert first.tables["runners"][4].y == 1
    assert second.tables["runners"][4].y == 2


def test_fields_that_python_forbids() -> None:
    """Have their place as a name."""
    row = row_class("high_scores", {"fields": [["class", "u8"], ["x", "u8"]]})
    assert row(1, 2)._fields == ("_0", "x")
    assert row.__name__ == "HighScoresRow"


def test_the_first_table_of_a_kind() -> None:
    """Or none."""
    assert table_of_kind(SCHEMA, "per_player") == "runners"
    assert table_of_kind(SCHEMA, "secret") is None
