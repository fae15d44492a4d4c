"""Tasks are woken at their times, one after the other, and what they took is told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameserver.alarm import GRAIN_S, Alarm
from tests.virtual_time import VirtualLoop


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    """Make a loop that begins at 1000 s."""
    loop = VirtualLoop()
    yield loop
    loop.close()


class Crew:
    """Sleepers on one alarm; each notes when it was woken, and works for a while."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.alarm = Alarm(loop.time)
        self.woken: list[tuple[str, float]] = []
        self.took: list[tuple[str, float]] = []

    def sleeper(self, name: str, *times_s: float, works_s: float = 0.0) -> asyncio.Task[None]:
        """Have somebody woken at these times (after 1000 s)."""

        async def sleep() -> None:
            sleeper = self.alarm.sleeper(lambda took_s: self.took.append((name, round(took_s, 6))))
            try:
                for time_s in times_s:
                    await self.alarm.sleep(sleeper, 1000 + time_s)
                    self.woken.append((name, round(self.loop.time() - 1000, 6)))
                    self.loop.pass_time(works_s)
            finally:
                self.alarm.leave(sleeper)

        return self.loop.create_task(sleep())


def test_everybody_is_woken_at_his_time(loop: VirtualLoop) -> None:
    """In the order of time, whoever came first; who waits for something sooner is not waited with."""

    async def main() -> None:
        crew = Crew(loop)
        late = crew.sleeper("late", 0.3, 0.9)
        await asyncio.sleep(0)
        await asyncio.gather(late, crew.sleeper("early", 0.1, 0.5, 0.7))
        assert crew.woken == [("early", 0.1), ("late", 0.3), ("early", 0.5), ("early", 0.7), ("late", 0.9)]

    loop.run(main())


def test_who_was_kept_waiting_is_next_at_once(loop: VirtualLoop) -> None:
    """What is due when a turn is over follows without a sleep, in the order of time, and tells its length."""

    async def main() -> None:
        crew = Crew(loop)
        await asyncio.gather(
            crew.sleeper("a", 0.100, works_s=0.005),
            crew.sleeper("b", 0.104, works_s=0.002),
            crew.sleeper("c", 0.101, works_s=0.001),
            crew.sleeper("d", 0.200, works_s=0.003),
        )
        assert crew.woken == [("a", 0.100), ("c", 0.105), ("b", 0.106), ("d", 0.200)]
        assert crew.took == [("a", 0.005), ("c", 0.001), ("b", 0.002), ("d", 0.003)]

    loop.run(main())


def test_who_is_due_in_a_moment_is_due(loop: VirtualLoop) -> None:
    """Nobody sleeps for less than the grain of timers; for more, until his time."""

    async def main() -> None:
        crew = Crew(loop)
        await asyncio.gather(
            crew.sleeper("a", 0.1),
            crew.sleeper("b", 0.1 + 0.9 * GRAIN_S),
            crew.sleeper("c", round(0.1 + 1.5 * GRAIN_S, 6)),
        )
        assert crew.woken == [("a", 0.1), ("b", 0.1), ("c", round(0.1 + 1.5 * GRAIN_S, 6))]

    loop.run(main())


def test_sockets_are_read_between_two_turns(loop: VirtualLoop) -> None:
    """However many are due, what arrives during a turn is read before the next but one (with uvloop, the next)."""

    async def main() -> None:
        crew, order = Crew(loop), list[str]()
        here, there = socket.socketpair()
        with here, there:
            loop.add_reader(here, lambda: order.append(here.recv(1).decode()))

            async def turn(name: str) -> None:
                sleeper = crew.alarm.sleeper(lambda _: None)
                await crew.alarm.sleep(sleeper, 1000.1)
                order.append(name)
                there.send(name.lower().encode())
                crew.alarm.leave(sleeper)

            await asyncio.gather(*map(turn, "ABCD"))
            loop.remove_reader(here)
        assert [name for name in order if name.isupper()] == ["A", "B", "C", "D"]
        assert order.index("a") < order.index("C")
        assert order.index("b") < order.index("D")

    loop.run(main())


def test_who_is_gone_is_not_waited_for(loop: VirtualLoop) -> None:
    """Nobody is kept asleep by one that is cancelled asleep, fails in its turn, or is cancelled when already woken."""

    async def main() -> None:
        crew = Crew(loop)

        async def fail() -> None:
            sleeper = crew.alarm.sleeper(lambda _: None)
            try:
                await crew.alarm.sleep(sleeper, 1000.1)
                raise ValueError
            finally:
                crew.alarm.leave(sleeper)

        async def cancel() -> None:
            sleeper = crew.alarm.sleeper(lambda _: None)
            await crew.alarm.sleep(sleeper, 1000.1)
            crew.alarm.leave(sleeper)  # which wakes the next one
            woken.cancel()

        failing, cancelling = loop.create_task(fail()), loop.create_task(cancel())
        woken, asleep, other = crew.sleeper("woken", 0.1), crew.sleeper("asleep", 0.1), crew.sleeper("other", 0.1, 0.2)
        await asyncio.sleep(0)
        asleep.cancel()
        await asyncio.gather(cancelling, other)
        assert crew.woken == [("other", 0.1), ("other", 0.2)]
        assert isinstance(failing.exception(), ValueError)
        assert woken.cancelled()
        await crew.sleeper("later", 0.4)  # and the alarm can be set anew when nobody waits any more
        assert crew.woken[-1] == ("later", 0.4)

    loop.run(main())


MS = st.integers(0, 30)
Turns = list[tuple[int, int]]
"""How long (ms) somebody sleeps, and then works, again and again."""
TURNS = st.lists(st.tuples(MS, MS), max_size=5)


@given(st.lists(TURNS, max_size=5), st.lists(st.tuples(TURNS, MS), max_size=3))
def test_nobody_oversleeps_and_no_two_work_at_once(stayers: list[Turns], leavers: list[tuple[Turns, int]]) -> None:
    """Whoever works or is cancelled, and when: each wakes when it is due, or after the last who was due before it."""
    loop = VirtualLoop()
    alarm, turns, asleep = Alarm(loop.time), list[tuple[int, int]](), dict[int, int]()

    def now_ms() -> int:
        return round(loop.time() * 1000)

    async def work(me: int, plan: Turns) -> None:
        sleeper = alarm.sleeper(lambda _: None)
        try:
            for sleeps_ms, works_ms in plan:
                asleep[me] = now_ms() + sleeps_ms
                await alarm.sleep(sleeper, (now_ms() + sleeps_ms) / 1000)
                due_ms = asleep.pop(me)
                assert due_ms <= now_ms()
                assert all(due_ms <= other_ms for other_ms in asleep.values()), "somebody was due before"
                assert now_ms() == max(due_ms, turns[-1][1] if turns else 0), "it overslept"
                loop.pass_time(works_ms / 1000)
                turns.append((due_ms, now_ms()))
        finally:
            asleep.pop(me, None)
            alarm.leave(sleeper)

    async def main() -> None:
        staying = [loop.create_task(work(me, plan)) for me, plan in enumerate(stayers)]
        leaving = [loop.create_task(work(-1 - me, plan)) for me, (plan, _) in enumerate(leavers)]
        for task, (_, after_ms) in zip(leaving, leavers, strict=True):
            loop.call_later(after_ms / 1000, task.cancel)
        await asyncio.gather(*staying)
        for problem in await asyncio.gather(*leaving, return_exceptions=True):
            assert problem is None or isinstance(problem, asyncio.CancelledError)

    loop.run(main())
    assert len(turns) >= sum(map(len, stayers))
