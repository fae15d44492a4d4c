"""Same seed and same inputs at the same ticks: the same state, bit for bit."""

from __future__ import annotations

import os
import subprocess
import sys
from random import Random

import pytest

from gameserver.game import Game
from gameserver.games.highcard import Deal, Highcard
from gameserver.games.tag import Tag
from tests.games import Kitchen, Look, Steer, Throw
from tests.support import Party

TICKS = 3000


def script(party: Party, tick: int, random: Random) -> None:
    """Let people come, play and go; depends on the random stream alone."""
    room = party.room
    if tick % 40 == 0 and room.open:
        party.join(f"P{tick}")
    seated = [g for g in party.guests.values() if g.member.joined and not g.member.leaving]
    for guest in seated:
        if random.random() < 0.3:
            dx, dy = random.randrange(3) - 1, random.randrange(3) - 1
            room.input(guest.player, Steer(dx=dx, dy=dy, fire=random.random() < 0.1), tick)
        if random.random() < 0.05:
            room.input(guest.player, Look(angle=random.randrange(256)))
        if random.random() < 0.05:
            room.command(guest.player, Throw(count=random.randrange(4)))
        if random.random() < 0.005:
            party.leave(guest, lost=random.random() < 0.5)


def play(party: Party, ticks: range, random: Random) -> None:
    """Run the script."""
    for tick in ticks:
        script(party, tick, random)
        party.deliver(party.room.step())


def hash_after_script() -> str:
    """Play the whole script; gives the state's hash."""
    party = Party(Kitchen, seed=7, bots=2)
    play(party, range(TICKS), Random(11))
    return party.room.state_hash()


@pytest.mark.parametrize("game", [Tag, Highcard])
def test_a_room_of_bots_repeats_itself(game: type[Game]) -> None:
    """The sample games are deterministic, bots included."""

    def run() -> str:
        party = Party(game, seed=3, bots=4)
        ann = party.join("Ann")
        party.step()
        if game is Highcard:
            party.room.command(ann.player, Deal())
        party.step(150)
        return party.room.state_hash()

    assert run() == run()


def test_two_processes_agree() -> None:
    """The order of hashes differs between the processes; the state's hash doesn't."""
    command = [sys.executable, "-c", "from tests.test_determinism import hash_after_script; print(hash_after_script())"]
    hashes = {
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": hashseed}, capture_output=True, text=True, check=True
        ).stdout
        for hashseed in ("1", "2")
    }
    assert hashes == {hash_after_script() + "\n"}


def test_another_seed_gives_another_game() -> None:
    """The hash is no constant."""
    parties = [Party(Kitchen, seed=seed, bots=2) for seed in (7, 8)]
    for party in parties:
        play(party, range(50), Random(11))
    assert parties[0].room.state_hash() != parties[1].room.state_hash()


@pytest.mark.parametrize("at", [0, 1, 2, 39, 40, 41, 137, 500, 999])
def test_saving_and_loading_changes_nothing(at: int) -> None:
    """A room that was saved and loaded at any tick goes on exactly as one that was not."""
    straight = Party(Kitchen, seed=5, bots=3)
    random = Random(13)
    for tick in range(at):
        room_script(straight, tick, random)
        straight.deliver(straight.room.step())
    loaded = Party(Kitchen, seed=5, bots=3, saved=straight.room.save())
    assert loaded.room.state_hash() == straight.room.state_hash()
    again = Random()
    again.setstate(random.getstate())
    for tick in range(at, at + 200):
        room_script(straight, tick, random)
        room_script(loaded, tick, again)
        straight.deliver(straight.room.step())
        loaded.deliver(loaded.room.step())
        assert loaded.room.state_hash() == straight.room.state_hash(), f"differs at tick {tick}"


def room_script(party: Party, tick: int, random: Random) -> None:
    """Play for the seats themselves: a loaded room has seats but nobody connected."""
    engine = party.room.engine
    for player in list(engine.players):
        queue = engine.seats[player].queue
        if random.random() < 0.3:
            queue.put(tick + 1, Steer(dx=random.randrange(3) - 1, fire=random.random() < 0.2))
        if random.random() < 0.1:
            queue.put(None, Look(angle=random.randrange(256)))
            queue.put(None, Steer(dy=random.randrange(3) - 1))
        if random.random() < 0.05:
            engine.command(player, Throw(count=random.randrange(3)))


def test_catching_up_is_the_same_as_being_on_time() -> None:
    """Snapshots are a view: taking one every tick, or none at all, doesn't change the state."""
    with_snapshots, without = Party(Kitchen, seed=5, bots=4), Party(Kitchen, seed=5, bots=4)
    with_snapshots.step(300)
    for _ in range(300):
        without.room.step()
    assert with_snapshots.room.state_hash() == without.room.state_hash()
