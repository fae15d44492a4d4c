"""A room under anything that people may do, in any order: what each of them knows stays true."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from msgspec.structs import astuple

from gameserver.errors import Refused
from gameserver.settings import Settings
from tests.games import Kitchen, Look, Steer, Throw
from tests.support import Guest, Party

axes = st.integers(-1, 1)


class RoomMachine(RuleBasedStateMachine):
    """People join, watch, leave, drop, play, talk and read slowly; steps run in between."""

    guests: Bundle[Guest] = Bundle("guests")

    @initialize(bots=st.integers(0, 4), seed=st.integers(0, 2**32))
    def open_room(self, bots: int, seed: int) -> None:
        limits = Settings(max_spectators=3, snapshot_history=4, max_commands_per_tick=5, resume_s=0.5)
        self.party = Party(Kitchen, seed=seed, bots=bots, settings=limits)
        self.everyone: list[Guest] = []
        self.sent_seq: dict[int, int] = {}
        self.acks: dict[int, int] = {}

    def _note(self, guest: Guest) -> Guest:
        self.everyone.append(guest)
        return guest

    @rule(target=guests, name=st.sampled_from(["Ann", "Bob", "Mallory", None]))
    def join(self, name: str | None) -> Any:
        room = self.party.room
        full = room.people >= Kitchen.max_players
        try:
            guest = self._note(self.party.join(name))
        except Refused as refusal:
            assert full
            assert refusal.code == "room_full"
            return _nobody
        assert not full
        return guest

    @rule(target=guests)
    def spectate(self) -> Any:
        full = self.party.room.spectators >= 3
        try:
            guest = self._note(self.party.spectate())
        except Refused:
            assert full
            return _nobody
        return guest

    @rule(guest=consumes(guests), lost=st.booleans())
    def leave(self, guest: Guest | None, lost: bool) -> None:
        if guest is not None:
            self.party.leave(guest, lost=lost)

    @rule(target=guests, which=st.integers(0, 100))
    def resume(self, which: int) -> Any:
        """Somebody who was let in once comes back, or takes over from himself."""
        known = [guest for guest in self.everyone if guest.member.player is not None and guest.hears("joined")]
        if not known:
            return _nobody
        before, people = known[which % len(known)], self.party.room.people
        try:
            guest = self._note(self.party.resume(before))
        except Refused as refusal:
            assert refusal.code == "bad_token"
            return _nobody
        assert (guest.player, self.party.room.people) == (before.player, people)
        self.sent_seq[guest.player] = self.acks[guest.player] = 0
        return guest

    def _can_act(self, guest: Guest | None) -> bool:
        return guest is not None and guest.member.id in self.party.guests and self._owns_seat(guest)

    def _owns_seat(self, guest: Guest) -> bool:
        seat = self.party.room.engine.seats.get(guest.member.player or 0)
        return not guest.member.leaving and (seat is None or seat.member == guest.member.id)

    @rule(guest=guests, dx=axes, dy=axes, fire=st.booleans(), look=st.none() | st.integers(0, 255))
    def steer(self, guest: Guest | None, dx: int, dy: int, fire: bool, look: int | None) -> None:
        if guest is None or not self._can_act(guest) or guest.member.player is None:
            return
        seq = self.sent_seq[guest.player] = self.sent_seq.get(guest.player, 0) + 1
        given = Steer(dx=dx, dy=dy, fire=fire) if look is None else Look(angle=look)
        self.party.room.input(guest.player, given, seq)

    @rule(guest=guests, count=st.integers(0, 12), numbered=st.booleans())
    def throw(self, guest: Guest | None, count: int, numbered: bool) -> None:
        if guest is None or not self._can_act(guest) or guest.member.player is None:
            return
        seq = None
        if numbered:
            seq = self.sent_seq[guest.player] = self.sent_seq.get(guest.player, 0) + 1
        with suppress(Refused):
            self.party.room.command(guest.player, Throw(count=count), seq)

    @rule(guest=guests, text=st.text(min_size=1, max_size=20))
    def chat(self, guest: Guest | None, text: str) -> None:
        if guest is not None and self._can_act(guest):
            with suppress(Refused):
                self.party.room.chat(guest.member.id, text.encode("utf-8", "replace").decode())

    @rule(guest=guests)
    def read_slowly_or_not(self, guest: Guest | None) -> None:
        if guest is not None:
            guest.slow = not guest.slow

    @rule(times=st.integers(1, 8))
    def step(self, times: int) -> None:
        before = {id(g): len(g.inbox) for g in self.party.gone.values()}
        self.party.step(times)
        for guest in self.party.gone.values():
            assert len(guest.inbox) == before.get(id(guest), len(guest.inbox)), "who is gone hears nothing"
        self._check_everyone_knows_the_truth()
        self._check_acks()

    @rule()
    def save_and_load(self) -> None:
        """What is loaded is what was saved, and goes on in the same way."""
        room = self.party.room
        again = Party(Kitchen, seed=room.engine.host.seed, bots=room.engine.bots, saved=room.save())
        assert again.room.state_hash() == room.state_hash()
        assert again.game.occupied == self.party.game.occupied

    @invariant()
    def seats_fit(self) -> None:
        """Never more players than seats; a row for each player and no other; one place per row."""
        room, game = self.party.room, self.party.game
        players = set(room.engine.players)
        assert len(players) <= Kitchen.max_players
        assert room.people <= Kitchen.max_players
        assert set(game.bodies) == set(game.purses) == set(game.throws) == players
        assert players <= set(room.engine.seats)
        people = [seat for n, seat in room.engine.seats.items() if n not in players or not room.engine.players[n].bot]
        assert room.people == sum(1 for seat in people if not seat.given_up)
        rows = [row for table in room.engine.host.tables.values() for row in table.values()]
        assert {id(row) for row in rows} == set(room.engine.host.owners)

    def _check_everyone_knows_the_truth(self) -> None:
        room = self.party.room
        joined = [m for m in room.members.values() if m.joined]
        audience = {
            "players": sum(1 for p in room.engine.players.values() if not p.bot),
            "spectators": sum(1 for m in joined if m.player is None),
        }
        players = {p.id: p.name for p in room.engine.players.values()}
        away = {p.id for p in room.engine.players.values() if not p.connected}
        for guest in self.party.guests.values():
            assert guest.member.joined
            known: dict[int, str] = {}
            known_away: set[int] = set()
            told = None
            for kind, payload in guest.inbox:
                if kind == "joined":
                    known = {p["player"]: p["name"] for p in payload["players"]}
                    told = payload["audience"]
                elif kind == "player_joined":
                    known[payload["player"]] = payload["name"]
                elif kind == "player_left":
                    del known[payload["player"]]
                    known_away.discard(payload["player"])
                elif kind == "player_away":
                    known_away.add(payload["player"])
                elif kind == "player_back":
                    known_away.remove(payload["player"])
                elif kind == "audience":
                    told = payload
            assert known == players
            assert known_away == away
            assert told == audience
            if not guest.slow:
                self._check_tables(guest)

    def _check_tables(self, guest: Guest) -> None:
        for name, table in self.party.room.engine.host.tables.items():
            truth = {row_id: json.loads(json.dumps(astuple(row))) for row_id, row in table.items()}
            if table.kind == "secret":
                truth = {row_id: row for row_id, row in truth.items() if row_id == guest.member.player}
            assert guest.table(name) == truth
        last = json.loads(guest.frames[-1])["payload"]["tables"].get("purses", {})
        assert set(last.get("set", {})) <= {str(guest.member.player)}

    def _check_acks(self) -> None:
        for guest in self.party.guests.values():
            if guest.member.player is None or guest.slow or guest.replica is None:
                continue
            ack, seat = guest.replica.ack, self.party.room.engine.seats[guest.player]
            if ack is None:
                continue
            assert self.acks.get(guest.player, 0) <= ack <= self.sent_seq[guest.player]
            self.acks[guest.player] = ack
            if not seat.queue.waiting:
                assert ack == seat.queue.last_seq


_nobody: None = None

TestRoom = RoomMachine.TestCase
TestRoom.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
