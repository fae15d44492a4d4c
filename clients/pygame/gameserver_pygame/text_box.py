"""A line of text being typed; it knows nothing of screens."""

from __future__ import annotations

import pygame


class TextBox:
    """Text and a cursor, driven by key and text events."""

    def __init__(self, text: str = "", *, longest: int = 200) -> None:
        self.longest = longest
        self.text = text[:longest]
        self.cursor = len(self.text)

    def set(self, text: str) -> None:
        """Replace the text."""
        self.text = text[: self.longest]
        self.cursor = len(self.text)

    def handle(self, event: pygame.Event) -> bool:
        """Take in an event; tells whether it was for the box."""
        if event.type == pygame.TEXTINPUT:
            self._insert(event.text)
            return True
        if event.type != pygame.KEYDOWN:
            return False
        match event.scancode:
            case pygame.KSCAN_BACKSPACE:
                self.text = self.text[: max(0, self.cursor - 1)] + self.text[self.cursor :]
                self.cursor = max(0, self.cursor - 1)
            case pygame.KSCAN_DELETE:
                self.text = self.text[: self.cursor] + self.text[self.cursor + 1 :]
            case pygame.KSCAN_LEFT:
                self.cursor = max(0, self.cursor - 1)
            case pygame.KSCAN_RIGHT:
                self.cursor = min(len(self.text), self.cursor + 1)
            case pygame.KSCAN_HOME:
                self.cursor = 0
            case pygame.KSCAN_END:
                self.cursor = len(self.text)
            case _:
                return False
        return True

    def _insert(self, text: str) -> None:
        text = "".join(letter for letter in text if letter.isprintable())
        text = text[: self.longest - len(self.text)]
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)
