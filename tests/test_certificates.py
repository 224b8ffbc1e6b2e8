"""Whether one who trusts some CAs accepts a certificate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from kubectl_ingress.certificates import key_problem, self_signed, why_not_trusted

NOW = datetime(2026, 11, 26, tzinfo=UTC)
NAME = "hook.ns.svc"
OWN = self_signed([NAME], NOW)[0].decode()
OTHER = self_signed([NAME], NOW)[0].decode()
# As openssl ecparam -genkey writes them, of P-256.
PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"


@pytest.mark.parametrize(
    ("pem", "authority", "name", "why"),
    [
        (OWN, OWN, NAME, ""),
        # One of several is enough.
        (OWN, OTHER + OWN, NAME, ""),
        (OWN, OTHER, NAME, "is not signed by the CA of its caBundle"),
        (OWN, OWN, "other.ns.svc", "is for hook.ns.svc, not for other.ns.svc"),
        (OWN, "nothing", NAME, "is held against a CA that cannot be read"),
        ("nothing", OWN, NAME, "cannot be read"),
    ],
)
def test_why_not(pem: str, authority: str, name: str, why: str) -> None:
    assert why_not_trusted(pem, authority, name, NOW) == why


def test_one_that_is_over() -> None:
    later = NOW + timedelta(days=100)
    assert why_not_trusted(OWN, OWN, NAME, later) == "expired 10 days ago"


def encrypted(key: bytes) -> str:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    read = serialization.load_pem_private_key(key, None)
    return read.private_bytes(*form, serialization.BestAvailableEncryption(b"x")).decode()


def test_whose_key_it_is() -> None:
    certificate, key = (text.decode() for text in self_signed([NAME], NOW))
    assert key_problem(certificate, key) == ""
    # Chains begin with the server's own, and keys may have their parameters before them.
    assert key_problem(f"Subject: x\n{certificate}{OTHER}", f"{PARAMETERS}{key}") == ""
    for other in (f"{OTHER}{certificate}", OTHER):
        said = key_problem(other, key)
        assert said == "tls.key is not the key of the first certificate in tls.crt"
        assert said == key_problem(other, key, in_file=True)
    assert key_problem("nothing", key) == ""


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "tls.key holds no private key"),
        ("REDACTED \ufffd", "tls.key holds no private key"),
        (OWN, "tls.key holds no private key"),
        (encrypted(self_signed([NAME], NOW)[1]), "tls.key is encrypted"),
    ],
)
def test_what_is_no_key(key: str, said: str) -> None:
    assert key_problem(OWN, key) == said
    # In a file it stands for the key that is somewhere else.
    assert key_problem(OWN, key, in_file=True) == ""
