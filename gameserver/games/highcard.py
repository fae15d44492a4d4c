"""High Card: everybody is dealt a hand that only he sees; in turn each plays a card, and the highest takes the trick.

Turn-based and with hidden hands: it shows that the interface carries more than games of moving bodies.
"""

from __future__ import annotations

from typing import Annotated

from gameserver import (
    U8,
    BotAction,
    Command,
    Event,
    Game,
    Meta,
    Options,
    PerPlayer,
    Player,
    PlayerId,
    Refused,
    Row,
    Secret,
    Tick,
)

Card = Annotated[int, Meta(ge=2, le=14)]
"""2 to 10, then jack (11), queen, king, ace (14)."""


class Rules(Options):
    """How a room is set up."""

    cards: Annotated[int, Meta(ge=1, le=8)] = 5
    turn_s: Annotated[int, Meta(ge=2, le=120)] = 20


class Deal(Command):
    """Shuffle, deal, and begin."""


class Play(Command):
    """Lay a card of your hand on the table."""

    card: Card


class Dealt(Event):
    """The game has begun."""

    cards: U8
    first: PlayerId


class Played(Event):
    """A card was laid; `late` says that its owner's time was up, so the lowest was taken."""

    who: PlayerId
    card: Card
    late: bool


class TrickWon(Event):
    """The highest card of a trick; of equals, the first."""

    who: PlayerId
    card: Card


class GameWon(Event):
    """The end: most tricks, which several may share."""

    winners: list[PlayerId]
    tricks: U8


class Turn(Row):
    """Whose move it is, and until when."""

    player: PlayerId = 0
    deadline: Tick = 0
    trick: U8 = 0


class Place(Row):
    """What everybody sees of a player."""

    played: Annotated[int, Meta(ge=0, le=14)] = 0
    cards: U8 = 0
    tricks: U8 = 0


class Hand(Row):
    """The cards of a player, lowest first."""

    cards: Annotated[str, Meta(max_length=40)] = ""


class Highcard(Game):
    """Two to six players, one hand each."""

    title, tick_rate, max_players = "High Card", 10, 6
    options: Rules
    turn: Turn
    places: PerPlayer[Place]
    hands: Secret[Hand]
    order: list[PlayerId]
    """Who plays in this trick, in turn; whoever has laid a card is taken off the front."""
    leader: PlayerId
    """Who began this trick."""

    def on_deal(self, player: Player, command: Deal) -> None:
        if self.turn.trick:
            raise Refused("already_dealt", "The cards are dealt already.")
        if len(self.players) < 2:
            raise Refused("too_few", "High Card takes at least two players.")
        deck = [card for card in range(2, 15) for _ in range(4)]
        self.random.shuffle(deck)
        for player_id in self.players:
            hand = [deck.pop() for _ in range(self.options.cards)]
            self._set_hand(player_id, hand)
        self.lock()
        self.emit(Dealt(cards=self.options.cards, first=player.id))
        self._begin_trick(player.id, list(self.players))

    def on_play(self, player: Player, command: Play) -> None:
        if not self.turn.trick:
            raise Refused("not_dealt", "No cards are dealt yet.")
        if player.id != self.turn.player:
            raise Refused("not_your_turn", "It is not your turn.")
        if command.card not in self._hand(player.id):
            raise Refused("not_in_hand", f"You have no {command.card}.")
        self._lay(player.id, command.card, late=False)

    def on_leave(self, player: Player) -> None:
        if not self.turn.trick:
            return
        left = [p for p in self.players if p != player.id]
        if player.id == self.leader:  # the next laid his card right after, so of equals his still counts first
            seats = list(self.players)
            self.leader = seats[(seats.index(player.id) + 1) % len(seats)]
        if len(left) < 2:
            self._finish(left)
        elif player.id in self.order:
            was_his_turn = self.order[0] == player.id
            self.order.remove(player.id)
            if was_his_turn:
                self._next_turn(left)

    def tick(self) -> None:
        if self.turn.trick and self.now >= self.turn.deadline:
            late = self.turn.player
            self._lay(late, min(self._hand(late)), late=True)

    def bot(self, player: Player) -> BotAction:
        # Half a second of thought: a card that comes at once looks like a machine's.
        thought = self.turn.deadline - self.seconds(self.options.turn_s) + self.seconds(0.5)
        if not self.turn.trick or self.turn.player != player.id or self.now < thought:
            return None
        hand = self._hand(player.id)
        best = max((place.played for place in self.places.values()), default=0)
        # The lowest card that takes the trick; if none does, the lowest of all.
        return Play(card=min((card for card in hand if card > best), default=min(hand)))

    def _lay(self, player_id: PlayerId, card: int, *, late: bool) -> None:
        hand = self._hand(player_id)
        hand.remove(card)
        self._set_hand(player_id, hand)
        self.places[player_id].played = card
        self.emit(Played(who=player_id, card=card, late=late))
        self.order.remove(player_id)
        self._next_turn(list(self.players))

    def _next_turn(self, players: list[PlayerId]) -> None:
        if self.order:
            self.turn.player = self.order[0]
            self.turn.deadline = self.now + self.seconds(self.options.turn_s)
            return
        first = players.index(self.leader) if self.leader in players else 0
        in_turn = players[first:] + players[:first]
        # Of equal cards the first laid wins, and max() gives the first of equals.
        winner = max(in_turn, key=lambda p: self.places[p].played)
        self.places[winner].tricks += 1
        self.emit(TrickWon(who=winner, card=self.places[winner].played))
        if self.places[winner].cards:
            self._begin_trick(winner, players)
        else:
            self._finish(players)

    def _begin_trick(self, leader: PlayerId, players: list[PlayerId]) -> None:
        first = players.index(leader)
        self.order = players[first:] + players[:first]
        self.leader = leader
        for place in self.places.values():
            place.played = 0
        self.turn.trick += 1
        self.turn.player = leader
        self.turn.deadline = self.now + self.seconds(self.options.turn_s)

    def _finish(self, players: list[PlayerId]) -> None:
        most = max(self.places[p].tricks for p in players)
        self.end(GameWon(winners=[p for p in players if self.places[p].tricks == most], tricks=most))
        self.turn.trick = self.turn.player = 0

    def _hand(self, player_id: PlayerId) -> list[int]:
        return [int(card) for card in self.hands[player_id].cards.split()]

    def _set_hand(self, player_id: PlayerId, hand: list[int]) -> None:
        self.hands[player_id].cards = " ".join(str(card) for card in sorted(hand))
        self.places[player_id].cards = len(hand)
