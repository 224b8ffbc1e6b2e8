"""What the rows of all tables of annotations have in common: what a value is, what it changes.

The rows themselves are each controller's own: where an annotation counts (on
which object, for which part of it), when its value is looked at and what a bad
one does differ in kind, and not in words.
"""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """What a value is, in the words of messages."""

    FLAG = "true or false"
    NUMBER = "a whole number"
    SECONDS = "a number of seconds without unit"
    TIME = "a time such as 10s"
    SIZE = "a size such as 8k or 1m"
    CHOICE = "one of a few words"
    HOST = "a host name"
    HOSTS = "host names separated by commas"
    PATH = "a path"
    URL = "a URL"
    ORIGINS = "origins such as https://*.example.com, separated by commas"
    NETWORKS = "addresses or networks separated by commas"
    PORTS = "port numbers"
    CODES = "status codes between 400 and 599, separated by commas"
    REFERENCE = "the name of an object of the same namespace"
    SERVICE = "the name of a Service"
    SERVICES = "Services of the Ingress"
    PATTERN = "a regular expression"
    WEIGHTS = "label=value=weight, separated by commas"
    PAIR = "name:label"
    VARIABLES = "text with variables of nginx"
    HEADERS = "headers"
    DIRECTIVES = "lines of the proxy's own configuration"
    LIST = "words separated by commas"
    TEXT = "plain text"


class Effect(Enum):
    """What an annotation changes."""

    ROUTE = "which backend or server answers"
    PATH = "the path that pods get"
    REDIRECT = "redirects"
    STATUS = "who is let through, and which status is answered"
    BALANCE = "how requests spread over pods"
    HEADERS = "headers"
    UPSTREAM = "how the proxy talks to pods"
    TLS = "TLS"
    OPERATION = "how the proxy runs"
    OBSERVABILITY = "logs and traces"
    ANY = "anything"
