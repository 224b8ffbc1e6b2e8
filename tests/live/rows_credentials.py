"""Rows of the table against kubectl: what the user shows, and whom it acts as."""

from __future__ import annotations

import base64

from tests.live.bench import TOKEN, Bench, row, simple


@row
def token(bench: Bench) -> None:
    simple(bench, TOKEN)


@row
def user_without_credentials(bench: Bench) -> None:
    simple(bench, {})


@row
def token_file_with_newline(bench: Bench) -> None:
    bench.write("token", "from-the-file\n")
    simple(bench, {"tokenFile": "token"})


@row
def token_file_and_token(bench: Bench) -> None:
    bench.write("token", "from-the-file\n")
    simple(bench, {"tokenFile": "token", "token": "from-the-entry"})


@row
def token_file_missing_and_token(bench: Bench) -> None:
    simple(bench, {"tokenFile": "nowhere", "token": "from-the-entry"})


@row
def token_file_missing(bench: Bench) -> None:
    simple(bench, {"tokenFile": "nowhere"})


@row
def token_file_empty(bench: Bench) -> None:
    bench.write("token", "\n")
    simple(bench, {"tokenFile": "token"})


@row
def token_flag_over_token(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    return ["--token", "typed"]


@row
def token_flag_and_token_file(bench: Bench) -> list[str]:
    bench.write("token", "from-the-file\n")
    simple(bench, {"tokenFile": "token"})
    return ["--token", "typed"]


@row
def token_with_a_line_break(bench: Bench) -> None:
    simple(bench, {"token": "one\ntwo"})


@row
def token_with_a_trailing_newline(bench: Bench) -> None:
    simple(bench, {"token": "one\n"})


@row
def token_is_a_number(bench: Bench) -> None:
    simple(bench, {"token": 12345})


@row
def basic_authentication(bench: Bench) -> None:
    simple(bench, {"username": "jane", "password": "pässword"})


@row
def basic_authentication_and_token(bench: Bench) -> None:
    simple(bench, {"username": "jane", "password": "x", "token": "y"})


@row
def client_certificate_files(bench: Bench) -> None:
    bench.pair("jane")
    simple(bench, {"client-certificate": "jane.crt", "client-key": "jane.key"})


@row
def client_certificate_data(bench: Bench) -> None:
    certificate, key = (base64.b64encode(p.read_bytes()).decode() for p in bench.pair("jane"))
    simple(bench, {"client-certificate-data": certificate, "client-key-data": key})


@row
def client_certificate_and_token(bench: Bench) -> None:
    bench.pair("jane")
    simple(bench, {**TOKEN, "client-certificate": "jane.crt", "client-key": "jane.key"})


@row
def client_certificate_file_and_data(bench: Bench) -> None:
    certificate, key = (base64.b64encode(p.read_bytes()).decode() for p in bench.pair("jane"))
    simple(
        bench,
        {
            "client-certificate": "jane.crt",
            "client-key": "jane.key",
            "client-certificate-data": certificate,
            "client-key-data": key,
        },
    )


@row
def client_certificate_flags(bench: Bench) -> list[str]:
    bench.pair("jane")
    certificate, key = bench.pair("jack")
    simple(bench, {"client-certificate": "jane.crt", "client-key": "jane.key"})
    return ["--client-certificate", str(certificate), "--client-key", str(key)]


@row
def client_certificate_without_key(bench: Bench) -> None:
    bench.pair("jane")
    simple(bench, {"client-certificate": "jane.crt"})


@row
def client_certificate_and_wrong_key(bench: Bench) -> None:
    bench.pair("jane")
    bench.pair("jack")
    simple(bench, {"client-certificate": "jane.crt", "client-key": "jack.key"})


@row
def impersonation_by_flags(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    return ["--as", "jane", "--as-group", "one", "--as-group", "two", "--as-uid", "42"]


@row
def impersonation_by_kubeconfig(bench: Bench) -> None:
    extra = {"scopes": ["a", "b"], "Acme.com/Reason%": ["ü"], "dötted key": ["x"]}
    acting = {"as": "jane", "as-groups": ["one", "two"], "as-uid": "42", "as-user-extra": extra}
    simple(bench, {**TOKEN, **acting})


@row
def impersonation_flags_over_kubeconfig(bench: Bench) -> list[str]:
    acting = {"as": "jane", "as-groups": ["one", "two"], "as-uid": "42"}
    simple(bench, {**TOKEN, **acting})
    return ["--as", "jack", "--as-group", "three"]


@row
def impersonated_group_without_user(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    return ["--as-group", "one"]


@row
def impersonated_extra_without_user(bench: Bench) -> None:
    simple(bench, {**TOKEN, "as-user-extra": {"x": ["y"]}})


@row
def impersonation_with_a_service_account(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    return ["--as", "system:serviceaccount:default:robot"]
