"""Every error this program raises on purpose.

    IngressError                 one sentence, the next step, an exit status
    ├── UsageError               the words typed do not make a command
    ├── InputError               a file, a manifest or a value in it is wrong
    ├── KubeconfigError          the kubeconfig cannot be used as it is
    ├── ApiError                 the Kubernetes API did not do what was asked
    │   ├── ApiUnreachable       no answer
    │   ├── ApiUnauthorized      401
    │   ├── ApiForbidden         403: verb, resource and namespace that are missing
    │   ├── ApiNotFound          404
    │   ├── ApiConflict          409: changed meanwhile, exists, or owned by another manager
    │   ├── ApiRefused           4xx from validation or an admission webhook
    │   └── ApiFailed            5xx, or an answer that is no Kubernetes object
    ├── NotOurs                  an object that we did not make stands in the way
    ├── NotSent                  requests could not be sent from where they were to be sent
    ├── NotPrinted               standard output took no more of what was printed
    └── NotReady                 it was done, and did not become ready in time

``__main__`` is the only place that catches them.
"""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """What the process tells the shell; the README lists the same."""

    OK = 0
    """Passed, or done."""
    FAILED = 1
    """The check ran and failed: an expectation, a probe, a deadline."""
    COULD_NOT_RUN = 2
    """Usage, files, or the Kubernetes API not reached, not read or forbidden."""
    HUNG_UP = 129
    """SIGHUP, as shells count it: the terminal is gone."""
    INTERRUPTED = 130
    """Ctrl-C, as shells count it."""
    TERMINATED = 143
    """SIGTERM, as shells count it."""


class IngressError(Exception):
    """One sentence that says what is wrong and where, and one next step."""

    exit_status = ExitStatus.COULD_NOT_RUN

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step


class UsageError(IngressError):
    """The words typed do not make a command."""


class InputError(IngressError):
    """A file, a manifest or a value in it is wrong."""


class KubeconfigError(IngressError):
    """The kubeconfig cannot be used as it is."""


class ApiError(IngressError):
    """The Kubernetes API did not do what was asked."""


class ApiUnreachable(ApiError):
    """The API server did not answer."""


class ApiUnauthorized(ApiError):
    """401: the API server does not know who is asking."""


class ApiForbidden(ApiError):
    """403: a permission is missing."""


class ApiNotFound(ApiError):
    """404: the object, or its kind, does not exist."""


class ApiConflict(ApiError):
    """409: changed meanwhile, exists already, or another manager owns the field."""


class ApiRefused(ApiError):
    """400, 422 or an admission webhook's refusal."""


class ApiFailed(ApiError):
    """5xx, or an answer that is no Kubernetes object."""


class NotOurs(IngressError):
    """An object that this program did not make stands in the way."""


class NotSent(IngressError):
    """Requests could not be sent from where they were to be sent, so nothing was checked."""


class NotPrinted(IngressError):
    """Standard output took no more: a full disk, or closed."""


class NotReady(IngressError):
    """What was asked is done, but did not become ready in time."""

    exit_status = ExitStatus.FAILED
