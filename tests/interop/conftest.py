"""The Chromium of the browser tests, for one of the clients here."""

from tests.browser.conftest import browser, open_page

__all__ = ["browser", "open_page"]
