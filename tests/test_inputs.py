"""One player's inputs: in order, one per tick, bounded, and acknowledged when they are done with."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameserver import U8, Axis, Input
from gameserver.errors import Refused
from gameserver.inputs import Bundle, InputQueue, SavedQueue


class Steer(Input):
    """A stick and two buttons."""

    dx: Axis = 0
    dy: Axis = 0
    fire: bool = False
    jump: bool = False


class Look(Input):
    """Another kind of input."""

    angle: U8 = 0
    label: str = ""
    data: bytes = b""


KINDS: dict[str, type[Input]] = {"Steer": Steer, "Look": Look}


def queue() -> InputQueue:
    """Make a queue in which up to 4 inputs wait."""
    return InputQueue(4, 1, {})


def take(inputs: InputQueue) -> Bundle | None:
    """Give what a tick takes."""
    given = inputs.take()
    return {type(given): given} if isinstance(given, Input) else given


def ack_of(inputs: InputQueue) -> int | None:
    """Give what is acknowledged now."""
    return inputs.ack


def test_one_per_tick_in_order() -> None:
    """Each take gives one input, the oldest first, and None when nothing new came."""
    inputs = queue()
    for seq in (1, 2, 3):
        inputs.put(seq, Steer(dx=seq - 2))
    assert [take(inputs) for _ in range(4)] == [
        {Steer: Steer(dx=-1)},
        {Steer: Steer(dx=0)},
        {Steer: Steer(dx=1)},
        None,
    ]


def test_four_wait_and_a_fifth_merges_the_oldest() -> None:
    """The two oldest become one: the newer's axes, and any button that was down in either."""
    inputs = queue()
    inputs.put(1, Steer(dx=1, dy=1, fire=True))
    inputs.put(2, Steer(dx=-1, jump=True))
    for seq in (3, 4):
        inputs.put(seq, Steer())
    assert len(inputs.waiting) == 4
    inputs.put(5, Steer(dy=-1))
    assert len(inputs.waiting) == 4
    assert take(inputs) == {Steer: Steer(dx=-1, dy=0, fire=True, jump=True)}
    assert ack_of(inputs) == 2
    assert [take(inputs) for _ in range(3)] == [{Steer: Steer()}, {Steer: Steer()}, {Steer: Steer(dy=-1)}]


def test_a_hurry_of_inputs_loses_no_button() -> None:
    """However many come in one tick, four ticks apply them all, a button that was down for one input included."""
    inputs = queue()
    for seq in range(100):
        inputs.put(seq, Steer(dx=1 if seq < 90 else -1, fire=seq == 0, jump=seq == 95))
    taken = [take(inputs) for _ in range(4)]
    assert take(inputs) is None
    assert taken[0] == {Steer: Steer(dx=-1, fire=True, jump=True)}
    assert taken[1:] == [{Steer: Steer(dx=-1)}] * 3
    assert ack_of(inputs) == 99


def test_different_kinds_merge_side_by_side() -> None:
    """A merge of two kinds keeps both, and each goes on merging with its own."""
    inputs = queue()
    inputs.put(1, Steer(dx=1, fire=True))
    inputs.put(2, Look(angle=7, label="x"))
    inputs.put(3, Steer(dx=-1))
    for seq in (4, 5, 6):
        inputs.put(seq, Steer())
    assert take(inputs) == {Steer: Steer(dx=-1, fire=True), Look: Look(angle=7, label="x")}
    assert ack_of(inputs) == 3


def test_a_merge_keeps_the_number_there_is() -> None:
    """An input without number doesn't take away the number of the one it is merged with."""
    inputs = queue()
    inputs.put(1, Steer())
    for _ in range(4):
        inputs.put(None, Steer())
    assert ack_of(inputs) is None
    take(inputs)
    assert ack_of(inputs) == 1


def test_ack_is_none_before_the_first() -> None:
    """What has no number acknowledges nothing."""
    inputs = queue()
    assert ack_of(inputs) is None
    inputs.put(None, Steer())
    take(inputs)
    inputs.consume(None)
    assert ack_of(inputs) is None
    inputs.put(0, Steer())
    take(inputs)
    assert ack_of(inputs) == 0


def test_a_command_does_not_overtake_a_waiting_input() -> None:
    """A command is done at once but acknowledged only when every earlier input is done too."""
    inputs = queue()
    inputs.put(1, Steer())
    inputs.put(3, Steer())
    inputs.consume(2)
    assert ack_of(inputs) is None
    take(inputs)
    assert ack_of(inputs) == 2
    inputs.consume(4)
    inputs.consume(5)
    assert ack_of(inputs) == 2
    take(inputs)
    assert ack_of(inputs) == 5


def test_a_command_behind_an_input_without_number() -> None:
    """An input without number holds nothing up, a later one with number does."""
    inputs = queue()
    inputs.put(None, Steer())
    inputs.put(7, Steer())
    inputs.consume(5)
    assert ack_of(inputs) == 5
    inputs.consume(8)
    assert ack_of(inputs) == 5
    take(inputs)
    assert ack_of(inputs) == 5
    take(inputs)
    assert ack_of(inputs) == 8


def test_save_and_load() -> None:
    """A queue that went through bytes goes on as the one that did not, merged bundles and overtaken commands too."""
    inputs, again = queue(), queue()
    inputs.put(1, Steer(dx=1, fire=True))
    inputs.put(2, Look(angle=200, label="é", data=b"\x00\xff"))
    for seq in (None, 4, 6):
        inputs.put(seq, Steer(jump=True))
    inputs.consume(5)
    saved = msgspec.msgpack.encode(inputs.save())
    again.load(msgspec.msgpack.decode(saved, type=SavedQueue), KINDS)
    assert again.save() == inputs.save()
    for _ in range(6):
        assert again.ack == inputs.ack
        assert take(again) == take(inputs)
    assert again.ack == inputs.ack == 6


def test_a_saved_queue_is_a_copy() -> None:
    """What is saved doesn't change when the queue goes on."""
    inputs = queue()
    inputs.put(9, Steer())
    inputs.consume(11)
    saved = inputs.save()
    encoded = msgspec.msgpack.encode(saved)
    inputs.consume(12)
    take(inputs)
    assert msgspec.msgpack.encode(saved) == encoded


actions = st.lists(
    st.tuples(st.sampled_from(["put", "put", "put", "consume", "take", "unnumbered"]), st.integers(1, 3))
)


@settings(deadline=None)
@given(actions, st.integers(1, 5))
def test_ack_is_honest(steps: list[tuple[str, int]], limit: int) -> None:
    """It never falls, never passes an input that waits, and ends at the highest number when all is done."""
    inputs, seq, acks = InputQueue(limit, 1, {}), 0, [-1]
    for action, rise in steps:
        if action in {"put", "consume"}:
            seq += rise
        match action:
            case "put":
                inputs.put(seq, Steer())
            case "consume":
                inputs.consume(seq)
            case "unnumbered":
                inputs.put(None, Look())
            case _:
                take(inputs)
        assert len(inputs.waiting) <= limit
        acked = ack_of(inputs)
        acks.append(-1 if acked is None else acked)
        assert acks[-1] >= acks[-2]
        assert all(waiting is None or waiting > acks[-1] for waiting, _ in inputs.waiting)
    while take(inputs) is not None:
        pass
    assert ack_of(inputs) == (seq or None)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 1), st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_nothing_pressed_is_lost(sent: list[tuple[int, bool, bool]]) -> None:
    """Taken together, what is applied has every button that was pressed, and ends with the latest axes."""
    inputs = queue()
    for seq, (dx, fire, jump) in enumerate(sent):
        inputs.put(seq, Steer(dx=dx, fire=fire, jump=jump))
    applied = []
    while (bundle := take(inputs)) is not None:
        steer = bundle[Steer]
        assert isinstance(steer, Steer)
        applied.append(steer)
    assert len(applied) == min(4, len(sent))
    assert applied[-1].dx == sent[-1][0]
    assert any(i.fire for i in applied) == any(fire for _, fire, _ in sent)
    assert any(i.jump for i in applied) == any(jump for _, _, jump in sent)


def test_numbers_rise() -> None:
    """A number that was used, or an earlier one, is refused, and its input isn't kept; none at all is fine."""
    inputs = queue()
    inputs.number(None)
    inputs.number(0)
    inputs.put(5, Steer())
    for again in (5, 4, 0):
        with pytest.raises(Refused, match=f"seq must rise: {again} came after 5") as caught:
            inputs.put(again, Steer())
        assert caught.value.code == "bad_message"
        with pytest.raises(Refused, match="seq must rise"):
            inputs.number(again)
    inputs.number(None)
    inputs.number(2**32 - 1)
    assert inputs.last_seq == 2**32 - 1
    assert len(inputs.waiting) == 1
