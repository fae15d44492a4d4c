"""What a step wants sent: in order, to whom it is for, and nobody is told twice what he knows."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gameserver.posts import Outbox, Outcome
from gameserver.protocol.messages import AudienceInfo, Error


def told(outcome: Outcome) -> list[tuple[list[int], str, Any]]:
    """Give the posts, decoded."""
    return [(list(post.to), post.type, json.loads(post.payload)) for post in outcome.posts]


def test_posts_keep_their_order_and_are_given_once() -> None:
    """What is for nobody isn't even encoded."""
    outbox = Outbox()
    outbox.post([1, 2], Error("a", "A."))
    outbox.post([], Error("b", "B."))
    outbox.post([2], Error("c", "C."))
    outbox.depart(2)
    outbox.replace(2)
    outcome = outbox.take()
    assert [(to, payload["code"]) for to, _, payload in told(outcome)] == [([1, 2], "a"), ([2], "c")]
    assert (outcome.departed, outcome.replaced, outcome.arrived) == ([2], frozenset({2}), [])
    assert outbox.take() == Outcome([], [])


def test_who_arrives_is_named_once_in_that_step() -> None:
    """Snapshots begin for him there."""
    outbox = Outbox()
    outbox.arrive(1, AudienceInfo(1, 0))
    outbox.arrive(2, AudienceInfo(2, 0))
    assert outbox.take().arrived == [1, 2]
    outbox.arrive(3, AudienceInfo(3, 0))
    assert outbox.take().arrived == [3]
    assert outbox.take().arrived == []


def test_who_arrives_knows_the_audience_from_his_joined() -> None:
    """Only those are told who were told another number."""
    outbox = Outbox()
    outbox.arrive(1, AudienceInfo(1, 0))
    outbox.tell_audience(AudienceInfo(1, 0))
    assert outbox.take().posts == []
    outbox.arrive(2, AudienceInfo(2, 0))
    outbox.tell_audience(AudienceInfo(2, 0))
    assert told(outbox.take()) == [([1], "audience", {"players": 2, "spectators": 0})]


def test_several_who_arrive_in_one_step_may_know_different_numbers() -> None:
    """The first of them read a number that holds no more."""
    outbox = Outbox()
    outbox.tell_audience(AudienceInfo(0, 0))
    for n in (1, 2, 3):
        outbox.arrive(n, AudienceInfo(n, 0))
    outbox.tell_audience(AudienceInfo(3, 0))
    assert told(outbox.take()) == [([1, 2], "audience", {"players": 3, "spectators": 0})]


def test_a_number_that_comes_back_is_told_again() -> None:
    """Known is what was told last, not what was ever told."""
    outbox = Outbox()
    outbox.arrive(1, AudienceInfo(1, 0))
    for spectators in (0, 1, 0, 0, 1):
        outbox.tell_audience(AudienceInfo(1, spectators))
    assert [payload["spectators"] for _, _, payload in told(outbox.take())] == [1, 0, 1]


class Audiences(RuleBasedStateMachine):
    """Members come and go, numbers change; a model knows what each of them has read."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox()
        self.read: dict[int, AudienceInfo] = {}
        self.now = AudienceInfo(0, 0)
        self.next = 1

    @rule(players=st.integers(0, 2), spectators=st.integers(0, 1))
    def change(self, players: int, spectators: int) -> None:
        """Count people anew."""
        self.now = AudienceInfo(players, spectators)

    @rule()
    def arrive(self) -> None:
        """Let somebody in, who reads the number of now."""
        self.outbox.arrive(self.next, self.now)
        self.read[self.next] = self.now
        self.next += 1

    @precondition(lambda self: self.read)
    @rule(data=st.data())
    def depart(self, data: st.DataObject) -> None:
        """Let somebody go."""
        member = data.draw(st.sampled_from(sorted(self.read)))
        self.outbox.depart(member)
        del self.read[member]

    @rule()
    def tell(self) -> None:
        """Everybody who doesn't know is told once, and nobody else."""
        outdated = {member for member, told in self.read.items() if told != self.now}
        self.outbox.take()
        self.outbox.tell_audience(self.now)
        posts = told(self.outbox.take())
        assert [member for to, *_ in posts for member in to] == sorted(outdated)
        for to, _, payload in posts:
            self.read.update(dict.fromkeys(to, AudienceInfo(**payload)))

    @invariant()
    def nobody_who_left_is_remembered(self) -> None:
        """A room that people come and go in doesn't grow."""
        assert set(self.outbox._told) == set(self.read)


Audiences.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAudiences = Audiences.TestCase
