"""What is shown to the API server now: tokens are read again, plugins run again when due."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from typing import TextIO

from msgspec import Struct

from kubectl_ingress.errors import KubeconfigError
from kubectl_ingress.ports.access import Access
from kubectl_ingress.ports.credentials import CertificatePair, Hidden, read_token
from kubectl_ingress.ports.exec_plugin import PluginCredentials, run_plugin


class Shown(Hidden, Struct, frozen=True):
    """The Authorization header ("" for none) and the client certificate of one request."""

    authorization: str = ""
    pair: CertificatePair | None = None


class Login:
    """The credentials of one run of this program; safe to share between threads.

    `clock` is in seconds since the epoch.
    """

    def __init__(
        self,
        access: Access,
        variables: Mapping[str, str],
        stderr: TextIO,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._access = access
        self._variables = variables
        self._stderr = stderr
        self._clock = clock
        # Two threads must not ask a person to log in twice.
        self._lock = threading.Lock()
        self._from_plugin: PluginCredentials | None = None
        self._last_token = access.credentials.token

    def current(self) -> Shown:
        """What to show now; runs the plugin at first, and when its credentials are over.

        Raises KubeconfigError.
        """
        credentials = self._access.credentials
        if credentials.plugin is not None:
            with self._lock:
                return _shown(self._plugin_credentials())
        if credentials.username or credentials.password:
            pair = f"{credentials.username}:{credentials.password}".encode(errors="surrogateescape")
            return Shown(f"Basic {base64.b64encode(pair).decode()}", credentials.pair)
        token = self._token()
        return Shown(f"Bearer {token}" if token else "", credentials.pair)

    def renew(self, refused: Shown) -> bool:
        """After a 401: whether there is something else to show now."""
        if self._access.credentials.plugin is None:
            # A tokenFile may have been written anew between reading and asking.
            return self.current() != refused
        with self._lock:
            if self._from_plugin is None or _shown(self._from_plugin) == refused:
                self._from_plugin = None
                self._plugin_credentials()
            return self._from_plugin is not None and _shown(self._from_plugin) != refused

    def _token(self) -> str:
        path = self._access.credentials.token_file
        if path:
            try:
                self._last_token = read_token(path)
            except KubeconfigError:
                # It may be missing for a moment while it is renewed.
                if not self._last_token:
                    raise
        return self._last_token

    def _plugin_credentials(self) -> PluginCredentials:
        plugin, held = self._access.credentials.plugin, self._from_plugin
        if plugin is None:
            raise AssertionError("no plugin")
        if held is None or (held.expires is not None and held.expires <= self._clock()):
            held = run_plugin(plugin, self._access, self._variables, self._stderr)
            self._from_plugin = held
        return held


def _shown(given: PluginCredentials) -> Shown:
    return Shown(f"Bearer {given.token}" if given.token else "", given.pair)


def header_value(value: str, what: str) -> str:
    """A header of ours as http.client takes it. Raises KubeconfigError for what none may hold."""
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise KubeconfigError(
            f"{what} holds a line break or another control character",
            "write it again, without what is around it",
        )
    # http.client writes Latin-1; the bytes on the wire are to be UTF-8, as Go's.
    return value.encode("utf-8", "surrogateescape").decode("latin-1")
