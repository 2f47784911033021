"""The variables that a process was given, and everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

SECRET_LENGTH = 32
LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(ValueError):
    """The environment does not describe a process that could start; the text names every fault."""


class Environment:
    """Reads variables by name and gathers the faults, so that all of them are told at once."""

    def __init__(self, env: Mapping[str, str], needs: Collection[str] = ()) -> None:
        self._env = env
        self._faults = [f"{name} is not set" for name in needs if not env.get(name)]

    def fault(self, text: str) -> None:
        """Note that *text* is wrong."""
        self._faults.append(text)

    def check(self) -> None:
        """Go on only when nothing is wrong.

        Raises:
            SettingsError: naming every missing or wrong variable.
        """
        if self._faults:
            raise SettingsError("; ".join(self._faults))

    def text(self, name: str, default: str = "") -> str:
        """The value of *name* as it is."""
        return self._env.get(name, default)

    def claim(self, name: str) -> bool:
        """Whether *name* is 1; 0 or nothing is no, and anything else is noted as a fault: a wish for encryption must not be lost by its spelling."""
        value = self._env.get(name, "")
        if value not in ("", "0", "1"):
            self.fault(f"{name} must be 1 or 0")
        return value == "1"

    def number(self, name: str, default: int, *, lowest: int = 0) -> int:
        """The whole number of *name*, not below *lowest*; anything else is noted as a fault."""
        value = self._env.get(name, "")
        if not value:
            return default
        if not value.isascii() or not value.isdigit():
            self.fault(f"{name} must be a whole number")
            return default
        if int(value) < lowest:
            self.fault(f"{name} must be {lowest} or more")
            return default
        return int(value)

    def address(self, name: str) -> str:
        """The http or https address of *name*, without a slash at its end."""
        url = self._env.get(name, "").rstrip("/")
        if not url.startswith(("http://", "https://")):
            self.fault(f"{name} must be an http or https address")
        return url

    def log_level(self) -> str:
        """LOG_LEVEL in small letters."""
        level = self._env.get("LOG_LEVEL", "info").lower()
        if level not in LOG_LEVELS:
            self.fault(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
        return level

    def secret(self, name: str) -> str:
        """The secret in the file *name* of SECRETS_DIR, without its trailing newline; empty for a process that was given no such folder."""
        folder = self._env.get("SECRETS_DIR")
        if not folder:
            return ""
        try:
            found = Path(folder, name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            found = ""
        if len(found) < SECRET_LENGTH:
            self.fault(f"SECRETS_DIR must hold a file {name} with at least {SECRET_LENGTH} characters")
        return found
