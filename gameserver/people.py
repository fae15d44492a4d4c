"""Who is in a room, who is away, and who comes and goes as its steps run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from msgspec import UNSET

from gameserver.declarations import Player
from gameserver.engine import Engine
from gameserver.errors import Refused
from gameserver.posts import Outbox
from gameserver.protocol.messages import AudienceInfo, Error, Joined, Left, PlayerAway, PlayerBack
from gameserver.seats import Member, Seat


class People:
    """A room's members, and the seats of those who may come back.

    What changes at once is what others must not be promised twice: places. All the rest happens in a step, in which
    `Room` calls `let_in`, `let_back`, `see_off` and `expire`.
    """

    def __init__(
        self,
        engine: Engine,
        outbox: Outbox,
        *,
        resume_ticks: int,
        welcome: Callable[[Member, AudienceInfo], Joined],
        held: Counter[str],
    ) -> None:
        self.members: dict[int, Member] = {}
        self.seated = engine.unattended
        """Players that are no bots: those away and on their way in included, those on their way out not."""
        self.spectators = 0
        """Spectators, counted in the same way."""
        self._engine = engine
        self._outbox = outbox
        self._resume_ticks = resume_ticks
        self._welcome = welcome
        self._watching = 0
        """Spectators who were let in."""
        self._next_member = 1
        self._away = {p: s.away_until for p, s in engine.seats.items() if s.away_until is not None}
        """When absent players lose their seats (ticks), by id."""
        self._held = held
        self._held_for: dict[int, str] = {}
        """For whom the seats of players that were lost are held, by player id."""

    @property
    def attended(self) -> bool:
        """Whether somebody is here, or may still come back to his seat."""
        return bool(self.members or self._away)

    @property
    def away(self) -> bool:
        """Whether a seat waits for its player."""
        return bool(self._away)

    @property
    def playing(self) -> bool:
        """Whether somebody with a connection plays."""
        return any(member.player is not None for member in self.members.values())

    @property
    def next_id(self) -> int:
        """The id that the next member gets."""
        return self._next_member

    def everyone(self) -> list[int]:
        """Give the ids of those who were let in."""
        return [m.id for m in self.members.values() if m.joined]

    def audience(self) -> AudienceInfo:
        """Count people."""
        return AudienceInfo(len(self._engine.players) - self._engine.bot_count, self._watching)

    # At once.

    def add(self, handle: int, name: str, player: int | None, seq: int | None = None) -> Member:
        """Take somebody in who is yet to be let in."""
        member = Member(self._next_member, handle, name, player, seq)
        self._next_member += 1
        self.members[member.id] = member
        return member

    def take_over(self, seat: Seat, generation: int, member: Member) -> int | None:
        """Give a seat to a new member; gives the one who had it until now, if anyone has."""
        replaced = seat.member if seat.member in self.members else None
        seat.take_over(generation, member.id)
        self._release(seat.player)
        return replaced

    def set_out(self, member: Member, *, held_for: str | None) -> bool:
        """Note that somebody goes; his seat is held for whom it says, None: for nobody. Tells whether he has one."""
        member.leaving = True
        if member.player is None:
            self.spectators -= 1
            return False
        seat = self._engine.seats.get(member.player)
        if seat is None or seat.member != member.id:  # another member's by now, who resumed
            return False
        # Whoever was lost before he was let in for the first time has no token to come back with.
        if held_for is not None and self._resume_ticks and (member.joined or seat.generation > 1):
            self._held_for[seat.player] = held_for
            self._held[held_for] += 1
        else:
            self._give_up(seat)
        return True

    def _release(self, player: int) -> None:
        """Hold a seat no longer, if it was held."""
        whom = self._held_for.pop(player, None)
        if whom is not None:
            self._held[whom] -= 1
            if not self._held[whom]:
                del self._held[whom]

    def _give_up(self, seat: Seat) -> None:
        """Count a player out, once."""
        if not seat.given_up:
            seat.given_up = True
            self.seated -= 1

    # In a step.

    def let_in(self, member: Member, check: Callable[[], None]) -> None:
        """Give a newcomer his place, or turn him away where the check or the game refuses him."""
        if member.player is not None:
            seat = self._engine.seats[member.player]
            try:
                check()
                self._engine.admit(Player(member.player, member.name, identity=seat.identity))
            except Refused as refusal:
                self._give_up(seat)
                self._engine.release(member.player)
                seq = UNSET if member.seq is None else member.seq
                self._outbox.post([member.id], Error(refusal.code, refusal.message, seq))
                self._drop(member)
                return
        self._greet(member)

    def let_back(self, member: Member, replaced: int | None) -> None:
        """Give a player who comes back his seat, and tell the one whom he replaces."""
        assert member.player is not None  # noqa: S101  # for the type checker
        self._replace(replaced)
        if self._engine.seats[member.player].member != member.id:  # yet another one came in this very step
            self._replace(member.id)
            return
        self._engine.reconnect(member.player)
        if self._away.pop(member.player, None) is not None:
            self._engine.seats[member.player].away_until = None
            self._outbox.post(self.everyone(), PlayerBack(member.player))
        self._greet(member)

    def _replace(self, member: int | None) -> None:
        if member is not None and member in self.members:
            self._outbox.post([member], Left("replaced"))
            self._outbox.replace(member)
            self._drop(self.members[member])

    def _greet(self, member: Member) -> None:
        member.joined = True
        if member.player is None:
            self._watching += 1
        audience = self.audience()
        self._outbox.arrive(member.id, audience)
        self._outbox.post([member.id], self._welcome(member, audience))
        for player in self._away:
            self._outbox.post([member.id], PlayerAway(player))

    def see_off(self, member: Member, reason: str, *, lost: bool) -> None:
        """Take somebody out; the seat of one who was lost may wait."""
        if member.id not in self.members:
            return
        if not lost:
            self._outbox.post([member.id], Left(reason))
        self._drop(member)
        seat = self._engine.seats.get(member.player or 0)
        if seat is None or seat.member != member.id:  # a spectator, or somebody whose seat is another member's by now
            return
        seat.member = None
        if lost:
            self._engine.disconnect(seat.player)
        if seat.given_up:
            self._engine.dismiss(seat.player, reason)
        else:
            seat.away_until = self._away[seat.player] = self._engine.tick + self._resume_ticks
            self._outbox.post(self.everyone(), PlayerAway(seat.player))

    def expire(self) -> None:
        """Take out those who were away for too long."""
        for player in [p for p, until in self._away.items() if self._engine.tick >= until]:
            del self._away[player]
            self._release(player)
            self._give_up(self._engine.seats[player])
            self._engine.dismiss(player, "disconnected")

    def dissolve(self, reason: str) -> None:
        """Tell everybody that he is out, and hold no seat any longer."""
        for player in list(self._held_for):
            self._release(player)
        for member in list(self.members.values()):
            self._outbox.post([member.id], Left(reason))
            self._drop(member)

    def _drop(self, member: Member) -> None:
        if member.player is None:
            self.spectators -= not member.leaving
            self._watching -= member.joined
        member.joined = False
        del self.members[member.id]
        self._outbox.depart(member.id)
