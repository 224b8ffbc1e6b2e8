"""Rows of the table against kubectl: which file and context count, and what is refused."""

from __future__ import annotations

import json

from tests.live.bench import TOKEN, Bench, kubeconfig, row, simple


@row
def first_current_context_wins(bench: Bench) -> None:
    bench.config("one", kubeconfig("one", bench.cluster(bench.a), {"token": "one"}))
    bench.config("two", kubeconfig("two", bench.cluster(bench.b), {"token": "two"}))


@row
def context_is_in_the_second_file(bench: Bench) -> None:
    bench.config("one", {**kubeconfig("one", {}, {}), "contexts": [], "current-context": "two"})
    bench.config("two", kubeconfig("two", bench.cluster(bench.b), {"token": "two"}))


@row
def first_file_has_no_current_context(bench: Bench) -> None:
    one = kubeconfig("one", bench.cluster(bench.a), {"token": "one"})
    bench.config("one", {**one, "current-context": ""})
    bench.config("two", kubeconfig("two", bench.cluster(bench.b), {"token": "two"}))


@row
def entries_are_not_mixed(bench: Bench) -> None:
    bench.config("one", kubeconfig("same", bench.cluster(bench.a), {"as": "one"}))
    bench.config("two", kubeconfig("same", bench.cluster(bench.b), {"token": "two"}))


@row
def parts_come_from_different_files(bench: Bench) -> None:
    whole = kubeconfig("x", bench.cluster(bench.a), TOKEN)
    for part in ("clusters", "users", "contexts", "current-context"):
        bench.config(part, {"apiVersion": "v1", "kind": "Config", part: whole[part]})


@row
def missing_file_in_the_list(bench: Bench) -> None:
    bench.files.append(bench.folder / "nowhere")
    simple(bench, TOKEN)


@row
def all_files_missing(bench: Bench) -> None:
    bench.files.append(bench.folder / "nowhere")


@row
def empty_file_in_the_list(bench: Bench) -> None:
    bench.config("empty", "")
    simple(bench, TOKEN)


@row
def folder_in_the_list(bench: Bench) -> None:
    bench.files.append(bench.folder)
    simple(bench, TOKEN)


@row
def default_file(bench: Bench) -> None:
    bench.write(".kube/config", kubeconfig("home", bench.cluster(bench.a), TOKEN))


@row
def kubeconfig_flag_wins(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    other = kubeconfig("other", bench.cluster(bench.b), {"token": "other"})
    return ["--kubeconfig", str(bench.write("other", other))]


@row
def kubeconfig_flag_must_exist(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    return ["--kubeconfig", str(bench.folder / "nowhere")]


@row
def unknown_context(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    return ["--context", "nobody"]


@row
def unknown_current_context(bench: Bench) -> None:
    bench.config("c", {**kubeconfig("c", bench.cluster(bench.a), TOKEN), "current-context": "d"})


@row
def no_current_context(bench: Bench) -> None:
    bench.config("c", {**kubeconfig("c", bench.cluster(bench.a), TOKEN), "current-context": ""})


@row
def context_flag(bench: Bench) -> list[str]:
    bench.config("one", kubeconfig("one", bench.cluster(bench.a), {"token": "one"}))
    bench.config("two", kubeconfig("two", bench.cluster(bench.b), {"token": "two"}, namespace="n2"))
    return ["--context", "two"]


@row
def cluster_and_user_flags(bench: Bench) -> list[str]:
    bench.config("one", kubeconfig("one", bench.cluster(bench.a), {"token": "one"}, namespace="n1"))
    bench.config("two", kubeconfig("two", bench.cluster(bench.b), {"token": "two"}))
    return ["--cluster", "two", "--user", "two"]


@row
def unknown_cluster_flag(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    return ["--cluster", "nobody"]


@row
def unknown_user_flag(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    return ["--user", "nobody"]


@row
def cluster_entry_is_missing(bench: Bench) -> None:
    bench.config("c", {**kubeconfig("c", {}, TOKEN), "clusters": []})


@row
def user_entry_is_missing(bench: Bench) -> None:
    bench.config("c", {**kubeconfig("c", bench.cluster(bench.a), {}), "users": []})


@row
def user_entry_is_missing_but_token_given(bench: Bench) -> list[str]:
    bench.config("c", {**kubeconfig("c", bench.cluster(bench.a), {}), "users": []})
    return ["--token", "typed"]


@row
def server_flag(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    return ["--server", bench.b.url]


@row
def server_flag_alone(bench: Bench) -> list[str]:
    ca = str(bench.write("ca.crt", bench.authority.pem.decode()))
    return ["-s", bench.b.url, "--token", "typed", "--certificate-authority", ca]


@row
def server_over_plain_http_gets_no_credentials(bench: Bench) -> None:
    simple(bench, {**TOKEN, "as": "jane"}, cluster={"server": bench.plain.url})


@row
def server_without_scheme_is_http(bench: Bench) -> None:
    simple(bench, TOKEN, cluster={"server": bench.plain.url.removeprefix("http://")})


@row
def server_with_a_path(bench: Bench) -> None:
    simple(bench, TOKEN, cluster=bench.cluster(bench.a, server=f"{bench.a.url}/k8s/c-1/"))


@row
def server_is_no_url(bench: Bench) -> None:
    simple(bench, TOKEN, cluster={"server": "https://"})


@row
def namespace_of_the_context(bench: Bench) -> None:
    simple(bench, TOKEN, namespace="shop")


@row
def namespace_flag(bench: Bench) -> list[str]:
    simple(bench, TOKEN, namespace="shop")
    return ["-n", "other"]


@row
def broken_yaml(bench: Bench) -> None:
    bench.config("config", "clusters: [\n")


@row
def broken_yaml_in_a_second_file(bench: Bench) -> None:
    simple(bench, TOKEN)
    bench.config("second", "a: b: c\n")


@row
def a_list_instead_of_a_mapping(bench: Bench) -> None:
    bench.config("config", "- a\n- b\n")


@row
def another_kind(bench: Bench) -> None:
    whole = kubeconfig("x", bench.cluster(bench.a), TOKEN)
    bench.config("config", {**whole, "kind": "ConfigMap"})


@row
def without_kind_and_version(bench: Bench) -> None:
    whole = kubeconfig("x", bench.cluster(bench.a), TOKEN)
    bench.config("config", {k: v for k, v in whole.items() if k not in ("kind", "apiVersion")})


@row
def another_version(bench: Bench) -> None:
    whole = kubeconfig("x", bench.cluster(bench.a), TOKEN)
    bench.config("config", {**whole, "apiVersion": "v2"})


@row
def clusters_of_the_wrong_type(bench: Bench) -> None:
    bench.config("config", {**kubeconfig("x", {}, TOKEN), "clusters": "x"})


@row
def two_entries_with_one_name(bench: Bench) -> None:
    whole = kubeconfig("x", bench.cluster(bench.a), TOKEN)
    bench.config("config", {**whole, "users": [*whole["users"], *whole["users"]]})


@row
def a_key_twice(bench: Bench) -> None:
    whole = json.dumps(kubeconfig("x", bench.cluster(bench.a), TOKEN))
    bench.config("config", whole.removesuffix("}") + ', "current-context": "x"}')


@row
def a_name_like_a_date(bench: Bench) -> None:
    text = json.dumps(kubeconfig("NAME", bench.cluster(bench.a), TOKEN))
    bench.config("config", text.replace('"NAME"', "2026-01-01"))


@row
def a_namespace_that_is_no_text(bench: Bench) -> None:
    simple(bench, TOKEN, namespace=True)


@row
def an_unused_user_of_the_wrong_type(bench: Bench) -> None:
    whole = kubeconfig("x", bench.cluster(bench.a), TOKEN)
    other = {"name": "other", "user": {"token": 1}}
    bench.config("config", {**whole, "users": [*whole["users"], other]})


@row
def null_sections(bench: Bench) -> None:
    whole = kubeconfig("x", bench.cluster(bench.a), TOKEN)
    bench.config("one", {**dict.fromkeys(whole), "apiVersion": "v1", "kind": "Config"})
    bench.config("two", whole)
