"""Who somebody is, as vouched for by whoever the operator trusts with that."""

from __future__ import annotations

import msgspec

from gameserver.protocol.messages import clean_name


class Identity(msgspec.Struct, frozen=True):
    """A person that an `authenticate` let in."""

    subject: str
    """Says who it is, the same at every visit; never shown to other players."""
    name: str | None = None
    """Takes the place of the name that the client asks for; None: he chooses one himself."""

    def __post_init__(self) -> None:
        """Check both, since neither comes from this house.

        Raises:
            ValueError: the subject is empty.
            ProtocolError: the name isn't one that a player could choose.

        """
        if not self.subject:
            raise ValueError("an identity needs a subject")
        if self.name is not None:
            msgspec.structs.force_setattr(self, "name", clean_name(self.name))
