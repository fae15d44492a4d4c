"""What a room wants sent: messages encoded once, with the members they are for."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gameserver.protocol.codec import encode_payload
from gameserver.protocol.messages import Audience, AudienceInfo, ServerMessage, wire_name


class Post(msgspec.Struct, frozen=True):
    """A message for some of the room's members."""

    to: Sequence[int]
    """Member ids."""
    type: str
    payload: bytes


class Outcome(msgspec.Struct, frozen=True):
    """What a step wants done."""

    posts: list[Post]
    """To be sent in this order."""
    departed: list[int]
    """Members who then have nothing to do with the room any more."""
    arrived: list[int] = []
    """Members who get snapshots from now on."""
    replaced: frozenset[int] = frozenset()
    """Those of them whose seats were taken over by another connection."""


NOTHING = Outcome([], [])
"""Given where nothing is to be done; the very same each time."""


class Outbox:
    """Collects a step's posts, and remembers what each member was told of the audience."""

    def __init__(self) -> None:
        self._posts: list[Post] = []
        self._departed: list[int] = []
        self._arrived: list[int] = []
        self._replaced: set[int] = set()
        self._told: dict[int, AudienceInfo] = {}
        self._known: AudienceInfo | None = None
        """What all of them were told; None: not all the same."""

    def post(self, to: Sequence[int], message: ServerMessage) -> None:
        """Encode a message for these members."""
        if to:
            self._posts.append(Post(to, wire_name(type(message)), encode_payload(message)))

    def depart(self, member: int) -> None:
        """Note that a member is out, once all that is posted so far has been sent."""
        self._departed.append(member)
        self._told.pop(member, None)

    def replace(self, member: int) -> None:
        """Note that a member who departs in this step does so since another one took his seat."""
        self._replaced.add(member)

    def arrive(self, member: int, audience: AudienceInfo) -> None:
        """Note that a member is in, and what he reads of the audience in his `joined`."""
        self._arrived.append(member)
        self._told[member] = audience
        self._known = None

    def tell_audience(self, now: AudienceInfo) -> None:
        """Tell those who know another number of people than there is."""
        if now == self._known:
            return
        outdated = [member for member, told in self._told.items() if told != now]
        self.post(outdated, Audience(now.players, now.spectators))
        self._told.update(dict.fromkeys(outdated, now))
        self._known = now

    def take(self) -> Outcome:
        """Give what was collected, and start afresh."""
        if not (self._posts or self._departed or self._arrived):
            return NOTHING
        outcome = Outcome(self._posts, self._departed, self._arrived, frozenset(self._replaced))
        self._posts, self._departed, self._arrived, self._replaced = [], [], [], set()
        return outcome
