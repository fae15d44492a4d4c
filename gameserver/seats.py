"""Who is in a room: members (a connection's side) and seats (a player's side)."""

from __future__ import annotations

import msgspec

from gameserver.inputs import InputQueue


class Seat:
    """A player's place; it can outlive a connection, and a bot's never had one."""

    __slots__ = (
        "away_until", "generation", "given_up", "identity", "member", "player", "queue", "unconfirmed"
    )  # fmt: skip

    def __init__(self, player: int, member: int | None, queue: InputQueue, identity: str | None = None) -> None:
        self.player = player
        self.member = member
        """The member who plays here; None for a bot, and while the player is away."""
        self.identity = identity
        """Who may come back to it, as the door knows him; None: whoever has the token."""
        self.queue = queue
        self.generation = 1
        """The newest token's number."""
        self.unconfirmed: int | None = None
        """The number of the token last resumed with, as long as it isn't sure that its newer one arrived."""
        self.away_until: int | None = None
        """The tick at which an absent player loses the seat."""
        self.given_up = False
        """Whether the player is on his way out for good."""

    def accepts(self, generation: int) -> bool:
        """Tell whether a token with this number still counts."""
        return not self.given_up and generation in {self.generation, self.unconfirmed}

    def take_over(self, generation: int, member: int) -> None:
        """Give the seat to who came with this token: a newer one replaces it, and `seq` starts afresh."""
        self.unconfirmed = generation
        self.generation += 1
        self.member = member
        self.restart()

    def restart(self) -> None:
        """Forget what was numbered on the connection before."""
        self.queue.clear()


class Member:
    """Somebody connected to the room, as player or spectator."""

    __slots__ = ("handle", "id", "joined", "leaving", "name", "player", "seq", "waiting")

    def __init__(self, member_id: int, handle: int, name: str, player: int | None, seq: int | None) -> None:
        self.id = member_id
        self.handle = handle
        """What the member's connection calls this room."""
        self.name = name
        self.player = player
        """The player's id; None for a spectator."""
        self.seq = seq
        """The number of the request by which he came in, for the error if he isn't let in."""
        self.joined = False
        """Whether a step has let him in."""
        self.leaving = False
        """Whether he asked to leave (or vanished) and the next step will see to it."""
        self.waiting = 0
        """Commands and chat lines that wait for the next step."""


class Enter(msgspec.Struct, frozen=True):
    """A member comes in."""

    member: Member


class Exit(msgspec.Struct, frozen=True):
    """A member goes."""

    member: Member
    reason: str
    lost: bool
    """Whether his connection is gone, rather than he asked to leave."""


class Return(msgspec.Struct, frozen=True):
    """A player comes back to his seat as a new member."""

    member: Member
    replaced: int | None
    """The member who had the seat until now, if he didn't leave it."""


class Say(msgspec.Struct, frozen=True):
    """A member says something."""

    member: Member
    text: str
