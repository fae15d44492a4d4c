"""High Card as its players see it: deal, turns, hidden hands, deadlines, leaving, and the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameserver.games import highcard
from gameserver.games.highcard import Deal, Highcard, Play, Rules
from gameserver.protocol.json_snapshots import JsonSnapshots
from tests.support import Guest, Party

TURN_TICKS = 20 * 10


class Table(Party):
    """A room of High Card with people at it."""

    def __init__(self, *names: str, cards: int = 5, turn_s: int = 20, seed: int = 1, bots: int = 0) -> None:
        super().__init__(Highcard, seed=seed, bots=bots, options=Rules(cards=cards, turn_s=turn_s))
        self.sitting = [self.join(name) for name in names]
        self.step()

    def deal(self, by: Guest) -> None:
        """Deal the cards."""
        self.room.command(by.player, Deal())
        self.step()

    def play(self, guest: Guest, card: int) -> None:
        """Lay a card."""
        self.room.command(guest.player, Play(card=card))
        self.step()

    def rig(self, *hands: list[int]) -> None:
        """Give the players other cards than they were dealt."""
        for guest, hand in zip(self.sitting, hands, strict=True):
            self.game._set_hand(guest.player, hand)
        self.step()

    def turn(self) -> int:
        """Give whose turn it is."""
        who: int = self.game.turn.player
        return who


def hand_of(guest: Guest) -> list[int]:
    """Give the cards that a player sees in his hand."""
    ((cards,),) = guest.table("hands").values()
    return [int(card) for card in cards.split()]


def codes(guest: Guest) -> list[str]:
    """Give the codes of the refusals that a player got."""
    return [error["code"] for error in guest.hears("error")]


def test_the_deal() -> None:
    """Everybody gets his number of cards out of one deck, the dealer begins, and the room is locked."""
    table = Table("Ann", "Bob", "Cid", cards=8)
    ann, bob, _ = table.sitting
    table.deal(bob)
    assert bob.events("dealt") == ann.events("dealt") == [{"cards": 8, "first": 2}]
    hands = [hand_of(guest) for guest in table.sitting]
    assert [len(hand) for hand in hands] == [8, 8, 8]
    assert all(hand == sorted(hand) for hand in hands)
    dealt = [card for hand in hands for card in hand]
    assert all(2 <= card <= 14 and dealt.count(card) <= 4 for card in dealt)
    assert [row[1] for row in ann.table("places").values()] == [8, 8, 8]
    assert table.turn() == 2
    assert not table.room.open
    assert hands != [hand_of(guest) for guest in dealt_with(seed=2).sitting]
    assert hands == [hand_of(guest) for guest in dealt_with(seed=1).sitting]


def dealt_with(seed: int) -> Table:
    """Deal at another table."""
    table = Table("Ann", "Bob", "Cid", cards=8, seed=seed)
    table.deal(table.sitting[1])
    return table


def test_the_deal_needs_two() -> None:
    """Alone there is no game; a second player makes one."""
    table = Table("Ann")
    (ann,) = table.sitting
    table.deal(ann)
    assert codes(ann) == ["too_few"]
    assert table.room.open
    table.join("Bob")
    table.deal(ann)
    assert codes(ann) == ["too_few"]
    assert table.turn() == 1


def test_cards_are_dealt_once() -> None:
    """A second deal is refused and changes no hand."""
    table = Table("Ann", "Bob")
    ann, bob = table.sitting
    table.deal(ann)
    before = [hand_of(ann), hand_of(bob)]
    table.deal(bob)
    assert codes(bob) == ["already_dealt"]
    assert codes(ann) == []
    assert [hand_of(ann), hand_of(bob)] == before


def test_what_can_not_be_played() -> None:
    """Before the deal, out of turn, and from another's hand, each is refused with its code, and nothing changes."""
    table = Table("Ann", "Bob")
    ann, bob = table.sitting
    table.play(ann, 5)
    table.deal(ann)
    table.rig([3, 5], [7, 9])
    table.play(bob, 7)
    table.play(ann, 7)
    table.play(ann, 2)
    assert codes(ann) == ["not_dealt", "not_in_hand", "not_in_hand"]
    assert codes(bob) == ["not_your_turn"]
    assert (hand_of(ann), hand_of(bob), table.turn()) == ([3, 5], [7, 9], 1)
    assert ann.events("played") == []


def test_a_trick() -> None:
    """Cards are laid in turn from the leader on, the highest wins, and its player leads the next trick."""
    table = Table("Ann", "Bob", "Cid")
    ann, bob, cid = table.sitting
    table.deal(bob)
    table.rig([2, 3], [4, 14], [9, 13])
    table.play(bob, 4)
    assert table.turn() == 3
    table.play(cid, 13)
    assert table.turn() == 1
    assert [row[0] for row in bob.table("places").values()] == [0, 4, 13]
    table.play(ann, 2)
    assert ann.events("trick_won") == [{"who": 3, "card": 13}]
    assert table.turn() == 3
    assert ann.table("places") == {1: [0, 1, 0], 2: [0, 1, 0], 3: [0, 1, 1]}
    assert ann.table("turn")[0][2] == 2
    table.play(cid, 9)
    assert table.turn() == 1
    table.play(ann, 3)
    table.play(bob, 14)
    assert ann.events("played") == [
        {"who": who, "card": card, "late": False} for who, card in [(2, 4), (3, 13), (1, 2), (3, 9), (1, 3), (2, 14)]
    ]
    assert ann.events("game_won") == [{"winners": [2, 3], "tricks": 1}]
    assert table.room.ended


def test_of_equal_cards_the_first_laid_wins() -> None:
    """A tie goes to who was first in this trick, not to who sits first."""
    table = Table("Ann", "Bob", "Cid")
    ann, bob, cid = table.sitting
    table.deal(bob)
    table.rig([10, 2], [4, 3], [10, 5])
    table.play(bob, 4)
    table.play(cid, 10)
    table.play(ann, 10)
    assert ann.events("trick_won") == [{"who": 3, "card": 10}]
    assert table.turn() == 3


def test_hands_are_hidden() -> None:
    """A hand is in its owner's frames alone; spectators and others are told how many cards it has."""
    table = Table("Ann", "Bob")
    ann, bob = table.sitting
    eve = table.spectate()
    table.deal(ann)
    table.rig([2, 3, 4, 13, 14], [5, 6, 7, 8, 9])
    table.play(ann, 13)
    assert eve.table("hands") == {}
    assert set(ann.table("hands")) == {1}
    assert set(bob.table("hands")) == {2}
    assert any(b"2 3 4 13 14" in frame for frame in ann.frames)
    for guest in (bob, eve):
        keyframe = table.room.frame(guest.member.id, None, JsonSnapshots())
        for frame in [*guest.frames, keyframe]:
            assert b"2 3 4" not in frame
    assert all(b"5 6 7" not in frame for frame in [*ann.frames, *eve.frames])
    assert eve.table("places") == {1: [13, 4, 0], 2: [0, 5, 0]}


def test_the_deadline_plays_the_lowest_card() -> None:
    """Whoever thinks too long has his lowest card laid, marked as late, at the very tick; the next gets his time."""
    table = Table("Ann", "Bob")
    ann, bob = table.sitting
    table.deal(ann)
    table.rig([5, 11], [3, 14])
    deadline = table.game.turn.deadline
    table.step(deadline - table.room.tick - 1)
    assert ann.events("played") == []
    table.step()
    assert ann.events("played") == [{"who": 1, "card": 5, "late": True}]
    assert (table.turn(), table.game.turn.deadline) == (2, deadline + TURN_TICKS)
    table.step(TURN_TICKS)
    assert bob.events("played")[1:] == [{"who": 2, "card": 3, "late": True}]
    assert bob.events("trick_won") == [{"who": 1, "card": 5}]


def test_the_options() -> None:
    """Fewer cards make fewer tricks, and a short turn ends sooner."""
    table = Table("Ann", "Bob", cards=1, turn_s=2)
    table.deal(table.sitting[0])
    table.step(20)
    assert len(table.sitting[0].events("played")) == 1
    table.step(20)
    assert table.room.ended


def test_nobody_who_plays_needs_no_one() -> None:
    """A whole game of deadlines alone comes to its end."""
    table = Table("Ann", "Bob", "Cid", cards=3, turn_s=2)
    ann = table.sitting[0]
    table.deal(ann)
    table.step(3 * 3 * 20)
    assert table.room.ended
    assert [event["late"] for event in ann.events("played")] == [True] * 9
    assert len(ann.events("game_won")) == 1


def test_leaving_on_ones_turn() -> None:
    """The next is on, with his whole time."""
    table = Table("Ann", "Bob", "Cid")
    ann, bob, cid = table.sitting
    table.deal(ann)
    table.rig([5, 11], [3, 14], [4, 6])
    table.step(50)
    table.leave(ann)
    table.step()
    assert table.turn() == 2
    assert table.game.turn.deadline == table.room.tick + TURN_TICKS
    table.play(bob, 3)
    table.play(cid, 4)
    assert bob.events("trick_won") == [{"who": 3, "card": 4}]
    assert set(bob.table("places")) == {2, 3}


def test_leaving_after_ones_card() -> None:
    """His card goes with him, and the turn stays where it is."""
    table = Table("Ann", "Bob", "Cid")
    ann, bob, cid = table.sitting
    table.deal(ann)
    table.rig([14, 11], [3, 12], [4, 6])
    table.play(ann, 14)
    table.leave(ann)
    table.step()
    assert table.turn() == 2
    table.play(bob, 3)
    table.play(cid, 4)
    assert bob.events("trick_won") == [{"who": 3, "card": 4}]
    assert table.turn() == 3


def test_leaving_before_ones_turn() -> None:
    """He is passed by."""
    table = Table("Ann", "Bob", "Cid")
    ann, bob, cid = table.sitting
    table.deal(ann)
    table.rig([5, 11], [3, 12], [4, 6])
    table.leave(bob)
    table.step()
    assert table.turn() == 1
    table.play(ann, 5)
    assert table.turn() == 3
    table.play(cid, 4)
    assert ann.events("trick_won") == [{"who": 1, "card": 5}]


def test_leaving_as_the_last_of_a_trick() -> None:
    """The trick is over without him, and with the last trick the game."""
    table = Table("Ann", "Bob", "Cid", cards=1)
    ann, bob, cid = table.sitting
    table.deal(ann)
    table.rig([5], [9], [14])
    table.play(ann, 5)
    table.play(bob, 9)
    assert table.turn() == 3
    table.leave(cid)
    table.step()
    assert ann.events("trick_won") == [{"who": 2, "card": 9}]
    assert ann.events("game_won") == [{"winners": [2], "tricks": 1}]
    assert table.room.ended


@pytest.mark.parametrize("leaves_after", [1, 2, 3])
def test_a_leader_who_leaves_does_not_change_who_was_first(leaves_after: int) -> None:
    """Of equal cards the first laid wins, also when the one who led the trick is gone."""
    table = Table("Ann", "Bob", "Cid", "Dan")
    ann, bob, cid, dan = table.sitting
    table.deal(cid)
    table.rig([10, 2], [8, 3], [14, 5], [10, 6])
    for cards, (guest, card) in enumerate([(cid, 14), (dan, 10), (ann, 10), (bob, 8)], 1):
        table.play(guest, card)
        if cards == leaves_after:
            table.leave(cid)
            table.step()
    assert ann.events("trick_won") == [{"who": 4, "card": 10}]
    assert table.turn() == 4


def test_one_who_is_left_alone_wins() -> None:
    """The game ends when everybody else is gone."""
    table = Table("Ann", "Bob")
    ann, bob = table.sitting
    table.deal(ann)
    table.play(ann, hand_of(ann)[0])
    table.leave(ann)
    table.step()
    assert bob.events("game_won") == [{"winners": [2], "tricks": 0}]
    assert table.room.ended


def test_all_who_leave_at_once() -> None:
    """Two of three going in the same tick leaves the third with the game; all of them leave nobody to tell."""
    table = Table("Ann", "Bob", "Cid")
    ann, bob, cid = table.sitting
    table.deal(ann)
    table.leave(ann)
    table.leave(bob)
    table.step()
    assert cid.events("game_won") == [{"winners": [3], "tricks": 0}]
    empty = Table("Ann", "Bob", "Cid")
    empty.deal(empty.sitting[0])
    for guest in empty.sitting:
        empty.leave(guest)
    empty.step()
    assert empty.room.ended


def test_leaving_before_the_deal() -> None:
    """It is just a free seat."""
    table = Table("Ann", "Bob", "Cid")
    ann, bob, _ = table.sitting
    table.leave(bob)
    table.step()
    table.deal(ann)
    assert set(ann.table("places")) == {1, 3}
    table.play(ann, hand_of(ann)[0])
    assert table.turn() == 3


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("bots", [2, 4, 6])
def test_a_whole_game_with_bots(seed: int, bots: int) -> None:
    """One person and bots play all tricks to the end; bots never are late and never play what they don't hold."""
    table = Table("Ann", seed=seed, bots=bots)
    (ann,) = table.sitting
    table.deal(ann)
    cards = [hand_of(ann)]
    for _ in range(2000):
        if table.room.ended:
            break
        if table.turn() == ann.player:
            table.play(ann, hand_of(ann)[-1])
            cards.append([])
        else:
            table.step()
    assert table.room.ended
    played = ann.events("played")
    assert len(played) == 5 * bots
    assert not any(event["late"] for event in played)
    assert [event["card"] for event in played if event["who"] == ann.player] == cards[0][::-1]
    assert codes(ann) == []
    tricks = ann.events("trick_won")
    assert len(tricks) == 5
    for number, trick in enumerate(tricks):
        laid = played[number * bots : (number + 1) * bots]
        highest = max(laid, key=lambda event: event["card"])
        assert trick == {"who": highest["who"], "card": highest["card"]}
    wins = [trick["who"] for trick in tricks]
    most = max(wins.count(who) for who in wins)
    (won,) = ann.events("game_won")
    assert won["tricks"] == most
    assert set(won["winners"]) == {who for who in wins if wins.count(who) == most}


def test_a_bot_takes_its_time_and_plays_to_win() -> None:
    """It waits half a second, then lays the lowest card that takes the trick, or its lowest of all."""
    table = Table("Ann", bots=2)
    (ann,) = table.sitting
    table.deal(ann)
    table.game._set_hand(1, [2, 10, 13])
    table.game._set_hand(2, [4, 11, 14])
    table.play(ann, 10)
    table.step(4)
    assert len(ann.events("played")) == 1
    table.step(2)
    assert ann.events("played")[1:] == [{"who": 2, "card": 11, "late": False}]
    assert table.turn() == 2
    table.step(6)
    assert ann.events("played")[2:] == [{"who": 2, "card": 4, "late": False}]
    table.play(ann, 13)
    assert table.turn() == 1


def test_the_rules_use_the_public_interface_alone() -> None:
    """A sample is what any author could write."""
    source = Path(str(highcard.__file__)).read_text(encoding="utf-8")
    imports = [line for line in source.splitlines() if line.startswith(("import ", "from "))]
    assert {line.split()[1] for line in imports} <= {"__future__", "typing", "gameserver"}
