"""A game made for checking: whatever goes wrong between a room and its members shows in it.

Events carry running numbers, and each snapshot says which numbers must have been heard by then. Coins are neither made
nor lost but by the book. A player signs his row with a mark of his own, so that a seat given to somebody else is found
out. The rows of hiss have enough news in every tick for a client that stops reading to fall behind.
"""

from __future__ import annotations

from gameserver import U8, U16, U32, Axis, Command, Event, Game, Input, PerPlayer, Player, PlayerId, Row, Secret, Table

RESUME_S = 8.0
"""How long a lost player's seat waits."""
ALLOWANCE = 100
"""Coins that a newcomer brings."""
NOTE_EVERY_TICKS = 3
SHORTEST_TICKS, LONGEST_TICKS = 60, 300
"""How long rooms last."""
HISSES, HISS_BYTES = 4, 100


class Walk(Input):
    """Which way."""

    dx: Axis = 0


class Sign(Command):
    """Put a mark on one's own row."""

    mark: U32


class Pay(Command):
    """Give coins to somebody, or to the bank (0)."""

    to: PlayerId
    coins: U8


class Noted(Event):
    """For everyone: the n-th of this room."""

    number: U32


class Told(Event):
    """For one player: the n-th that he was told."""

    number: U32


class Book(Row):
    """What must add up."""

    noted: U32 = 0
    """Number of the last `Noted`."""
    minted: U32 = 0
    """Coins that there are."""
    bank: U32 = 0
    """Coins that are nobody's."""


class Purse(Row):
    """A player's, for everyone to see."""

    coins: U32 = 0
    mark: U32 = 0
    paid: U32 = 0
    """Payments that the game took from this player."""
    away: bool = False
    x: U16 = 30_000


class Letterbox(Row):
    """A player's, for himself alone."""

    told: U32 = 0
    """Number of the last `Told`."""


class Hiss(Row):
    """Something new in each tick."""

    text: str = ""


class Ledger(Game):
    """Ends by itself after a while."""

    tick_rate, max_players = 5, 12
    resume_s = RESUME_S
    inputs = (Walk,)
    book: Book
    purses: PerPlayer[Purse]
    letterboxes: Secret[Letterbox]
    hisses: Table[Hiss]
    ends_at: U32 = 0

    def setup(self) -> None:
        """Decide how long this lasts."""
        self.ends_at = self.random.randint(SHORTEST_TICKS, LONGEST_TICKS)
        for _ in range(HISSES):
            self.hisses.add(Hiss())

    def on_join(self, player: Player) -> None:
        """Bring coins."""
        self.purses[player.id].coins = ALLOWANCE
        self.book.minted += ALLOWANCE
        self._note()

    def on_leave(self, player: Player) -> None:
        """Leave one's coins to the bank."""
        self.book.bank += self.purses[player.id].coins
        self._note()

    def on_disconnect(self, player: Player) -> None:
        """Show it."""
        self.purses[player.id].away = True
        self._note()

    def on_reconnect(self, player: Player) -> None:
        """Show it."""
        self.purses[player.id].away = False
        self._note()

    def on_sign(self, player: Player, command: Sign) -> None:
        """Keep the mark."""
        self.purses[player.id].mark = command.mark

    def on_pay(self, player: Player, command: Pay) -> None:
        """Move coins, as many as there are."""
        purse = self.purses[player.id]
        coins = min(purse.coins, command.coins)
        purse.coins -= coins
        purse.paid += 1
        if command.to in self.purses:
            self.purses[command.to].coins += coins
            self.letterboxes[command.to].told += 1
            self.tell(command.to, Told(number=self.letterboxes[command.to].told))
        else:
            self.book.bank += coins
        self._note()

    def tick(self) -> None:
        """Walk, hiss, note, and end."""
        for player, purse in self.purses.items():
            purse.x = max(0, min(60_000, purse.x + self.input(player, Walk).dx))
        for hiss in self.hisses.values():
            hiss.text = self.random.randbytes(HISS_BYTES).hex()
        if self.now % NOTE_EVERY_TICKS == 0:
            self._note()
        if self.now >= self.ends_at:
            self.book.noted += 1
            self.end(Noted(number=self.book.noted))

    def _note(self) -> None:
        self.book.noted += 1
        self.emit(Noted(number=self.book.noted))
