"""From the kubeconfig and the flags to who asks which server, in which namespace."""

from __future__ import annotations

import base64
import io
import json
import time
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.errors import KubeconfigError, UsageError
from kubectl_ingress.ports.access import Access, parse_timeout, resolve
from kubectl_ingress.ports.credentials import CertificatePair, Credentials
from kubectl_ingress.ports.login import Login
from kubectl_ingress.ports.proxy import proxy_of
from tests.kubeconfigs import Home, kubeconfig, refusal_of


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


# ---------------------------------------------------------------- context, cluster, user


def test_the_context_says_it_all(home: Home) -> None:
    access = home.resolve(kubeconfig({"token": "t"}, namespace="shop"))
    assert (access.server, access.namespace) == ("https://api.test:6443", "shop")
    assert (access.context, access.cluster, access.user) == ("main", "prod", "dev")
    assert access.credentials.token == "t"
    assert "t'" not in repr(access.credentials)


def test_flags_replace_what_the_context_says(home: Home) -> None:
    config = kubeconfig({"token": "t"}, namespace="shop")
    config["clusters"].append({"name": "b", "cluster": {"server": "https://b.test/base/?q#f"}})
    config["users"].append({"name": "ops", "user": {"token": "o"}})
    access = home.resolve(config, cluster="b", user="ops", namespace="n")
    assert (access.server, access.namespace) == ("https://b.test/base", "n")
    assert access.credentials.token == "o"


def test_a_server_typed_alone_needs_no_kubeconfig(home: Home) -> None:
    access = home.resolve(server="https://api.test", token="t")
    assert (access.server, access.context, access.user) == ("https://api.test", "", "")


def test_an_unknown_context_names_those_there_are(home: Home) -> None:
    sentence, next_step = refusal_of(lambda: home.resolve(kubeconfig({"token": "t"}), context="x"))
    assert sentence == f'the context "x" was not found in {home.folder}/.kube/config'
    assert next_step == "contexts: main"


def test_no_kubeconfig_at_all(home: Home) -> None:
    sentence, next_step = refusal_of(home.resolve)
    assert sentence == f"no kubeconfig: {home.folder}/.kube/config does not exist"
    assert next_step == "name one with --kubeconfig FILE or $KUBECONFIG"


def test_several_kubeconfigs_that_do_not_exist() -> None:
    with pytest.raises(KubeconfigError) as caught:
        resolve(ClusterOptions(), {"KUBECONFIG": "/nowhere/a:/nowhere/b"})
    assert caught.value.sentence == "no kubeconfig: /nowhere/a and /nowhere/b do not exist"


def test_no_current_context(home: Home) -> None:
    config = {**kubeconfig({"token": "t"}), "current-context": ""}
    sentence, next_step = refusal_of(lambda: home.resolve(config))
    assert sentence == f"no current context is set in {home.folder}/.kube/config"
    assert next_step == "set one: kubectl config use-context NAME\ncontexts: main"


@pytest.mark.parametrize(
    ("missing", "wanted"),
    [
        ("clusters", 'the cluster "prod" of the context "main" is in no kubeconfig file'),
        ("users", 'the user "dev" of the context "main" is in no kubeconfig file'),
    ],
)
def test_a_context_with_a_missing_part(home: Home, missing: str, wanted: str) -> None:
    config = {**kubeconfig({"token": "t"}), missing: []}
    sentence, next_step = refusal_of(lambda: home.resolve(config))
    assert sentence == wanted
    assert next_step == f"see which there are: kubectl config get-{missing}"


def test_a_context_without_a_cluster(home: Home) -> None:
    config = kubeconfig({"token": "t"}, cluster=None)
    config["contexts"][0]["context"]["cluster"] = None
    assert 'context "main" names no cluster' in refusal_of(lambda: home.resolve(config))[0]


def test_a_user_without_credentials_is_not_anonymous(home: Home) -> None:
    sentence, _ = refusal_of(lambda: home.resolve(kubeconfig({})))
    assert sentence == (
        'the user "dev" has no credentials: no token, certificate or exec plugin (context "main")'
    )


@pytest.mark.parametrize("server", ["https://", "ftp://x", "https://a:b", "https://[::1", "//"])
def test_a_server_that_is_no_url(home: Home, server: str) -> None:
    config = kubeconfig({"token": "t"}, {"server": server})
    sentence, _ = refusal_of(lambda: home.resolve(config))
    assert sentence == f'"{server}" is not the URL of a server'


def test_a_login_in_the_url_stands_in_place_of_the_user_s(home: Home) -> None:
    # As in Go's net/http, which client-go's own token gives way to.
    found = home.resolve(kubeconfig({"token": "t"}, {"server": "https://bob:s%403%2F@x.test/a/"}))
    assert found.server == "https://x.test/a"
    assert found.credentials == Credentials(username="bob", password="s@3/")
    assert found.user == "bob"
    # Without TLS too, and where there is nobody else.
    found = home.resolve(kubeconfig({}), server="http://bob@[::1]:1")
    assert found.server == "http://[::1]:1"
    assert found.credentials == Credentials(username="bob")


def test_a_login_in_the_url_leaves_the_certificate(home: Home) -> None:
    data = base64.b64encode(b"PEM").decode()
    user = {"client-certificate-data": data, "client-key-data": data}
    found = home.resolve(kubeconfig(user), server="https://bob:p@x.test")
    pair = CertificatePair(b"PEM", b"PEM")
    assert found.credentials == Credentials(username="bob", password="p", pair=pair)


def test_a_cluster_without_a_server(home: Home) -> None:
    config = kubeconfig({"token": "t"}, {"server": ""})
    assert 'cluster "prod" has no server' in refusal_of(lambda: home.resolve(config))[0]


def test_over_plain_http_no_credentials_are_shown(home: Home) -> None:
    config = kubeconfig({"token": "t", "as": "jane"}, {"server": "localhost:8001"})
    access = home.resolve(config)
    assert access.server == "http://localhost:8001"
    assert not access.credentials
    assert access.impersonation == (("Impersonate-User", "jane"),)


# ---------------------------------------------------------------- trust


def test_the_ca_is_relative_to_its_file(home: Home) -> None:
    home.write(".kube/certs/ca.crt", "PEM")
    cluster = {"server": "https://x.test", "certificate-authority": "certs/ca.crt"}
    assert home.resolve(kubeconfig({"token": "t"}, cluster)).ca == b"PEM"


def test_a_missing_ca_names_file_and_field(home: Home) -> None:
    cluster = {"server": "https://x.test", "certificate-authority": "nowhere"}
    sentence, _ = refusal_of(lambda: home.resolve(kubeconfig({"token": "t"}, cluster)))
    assert sentence == (
        f'{home.folder}/.kube/config: cluster "prod" certificate-authority: '
        f"cannot read {home.folder}/.kube/nowhere: No such file or directory"
    )


def test_flags_replace_the_trust_of_the_kubeconfig(home: Home) -> None:
    ca = home.write("other.crt", "OTHER")
    data = base64.b64encode(b"PEM").decode()
    cluster = {"server": "https://x.test", "certificate-authority-data": data}
    config = kubeconfig({"token": "t"}, cluster)
    assert home.resolve(config).ca == b"PEM"
    insecure = home.resolve(config, insecure_skip_tls_verify=True)
    assert (insecure.ca, insecure.insecure) == (b"", True)
    assert home.resolve(config, certificate_authority=str(ca)).ca == b"OTHER"
    sentence, _ = refusal_of(
        lambda: home.resolve(config, certificate_authority=str(ca), insecure_skip_tls_verify=True)
    )
    assert "exclude each other" in sentence


def test_a_typed_server_drops_the_tls_server_name(home: Home) -> None:
    cluster = {"server": "https://x.test", "tls-server-name": "y.test"}
    config = kubeconfig({"token": "t"}, cluster)
    assert home.resolve(config).tls_server_name == "y.test"
    assert home.resolve(config, server="https://z.test").tls_server_name == ""
    typed = home.resolve(config, server="https://z.test", tls_server_name="w.test")
    assert typed.tls_server_name == "w.test"


# ---------------------------------------------------------------- load balancers


def lab(extension: object, name: str = "kubectl-ingress") -> dict[str, Any]:
    extensions = [
        {"name": "minikube.sigs.k8s.io", "extension": {"connectTo": "not-ours"}},
        {"name": name, "extension": extension},
    ]
    return kubeconfig({"token": "t"}, {"server": "https://x.test", "extensions": extensions})


def test_connect_to_is_relative_to_its_file(home: Home) -> None:
    access = home.resolve(lab({"connectTo": "curl/.curlrc"}))
    assert access.connect_to == f"{home.folder}/.kube/curl/.curlrc"
    assert home.resolve(lab({"connectTo": "/run/curlrc"})).connect_to == "/run/curlrc"


@pytest.mark.parametrize("extension", [None, {}, {"connectTo": None}, {"other": 1}])
def test_a_cluster_without_connect_to_asks_dns(home: Home, extension: object) -> None:
    assert home.resolve(lab(extension)).connect_to == ""
    assert home.resolve(lab({"connectTo": "x"}, "another")).connect_to == ""
    assert home.resolve(kubeconfig({"token": "t"})).connect_to == ""


def test_connect_to_is_the_cluster_s_own(home: Home) -> None:
    config = lab({"connectTo": "/run/curlrc"})
    config["clusters"].append({"name": "b", "cluster": {"server": "https://b.test"}})
    assert home.resolve(config, cluster="b").connect_to == ""
    # Another way to the same cluster: its load balancers are where they were.
    assert home.resolve(config, server="https://other.test").connect_to == "/run/curlrc"


@pytest.mark.parametrize(
    ("extension", "problem"),
    [
        ("/run/curlrc", "is not a mapping"),
        (["/run/curlrc"], "is not a mapping"),
        ({"connectTo": 1}, "has a connectTo that is not a string (quote numbers and booleans)"),
        ({"connectTo": ["a"]}, "has a connectTo that is not a string (quote numbers and booleans)"),
    ],
)
def test_a_wrong_extension_names_file_and_field(
    home: Home, extension: object, problem: str
) -> None:
    config = lab(extension)
    sentence, _ = refusal_of(lambda: home.resolve(config))
    where = f'{home.folder}/.kube/config: cluster "prod" extensions[1] extension'
    assert sentence == f"{where} {problem}"
    # kubectl takes any extension, so whoever asks another cluster is not bothered.
    config["clusters"].append({"name": "b", "cluster": {"server": "https://b.test"}})
    assert home.resolve(config, cluster="b").server == "https://b.test"


# ---------------------------------------------------------------- credentials


def test_a_token_file_is_stripped_preferred_and_read_again(home: Home) -> None:
    path = home.write(".kube/token", "one\n")
    login, _ = home.login({"tokenFile": "token", "token": "entry"})
    assert login.current().authorization == "Bearer one"
    path.write_text("two\n")
    assert login.current().authorization == "Bearer two"
    path.unlink()
    assert login.current().authorization == "Bearer two"


def test_a_token_file_that_was_written_anew_since_is_shown_after_a_refusal(home: Home) -> None:
    path = home.write(".kube/token", "one")
    login, _ = home.login({"tokenFile": "token"})
    refused = login.current()
    assert login.renew(refused) is False
    path.write_text("two")
    assert login.renew(refused) is True
    assert login.current().authorization == "Bearer two"
    fixed, _ = home.login({"token": "entry"})
    assert fixed.renew(fixed.current()) is False


def test_a_missing_token_file_gives_way_to_the_token_only(home: Home) -> None:
    login, _ = home.login({"tokenFile": "nowhere", "token": "entry"})
    assert login.current().authorization == "Bearer entry"
    sentence, _ = refusal_of(lambda: home.login({"tokenFile": "nowhere"}))
    assert sentence.startswith(f"tokenFile: cannot read {home.folder}/.kube/nowhere")
    home.write(".kube/token", " \n")
    sentence, _ = refusal_of(lambda: home.login({"tokenFile": "token"}))
    assert sentence == f"the tokenFile {home.folder}/.kube/token is empty"


def test_a_name_and_a_password(home: Home) -> None:
    login, _ = home.login({"username": "jane", "password": "ä"})
    encoded = base64.b64encode("jane:ä".encode()).decode()
    assert login.current().authorization == f"Basic {encoded}"


def test_a_certificate_needs_its_key(home: Home) -> None:
    data = base64.b64encode(b"PEM").decode()
    sentence, _ = refusal_of(lambda: home.resolve(kubeconfig({"client-certificate-data": data})))
    assert sentence.endswith('user "dev" has a client-certificate and no client-key')
    both = {"client-certificate-data": data, "client-key-data": data}
    pair = home.resolve(kubeconfig(both)).credentials.pair
    assert pair is not None
    assert (pair.certificate, pair.key) == (b"PEM", b"PEM")


@pytest.mark.parametrize(
    ("name", "successor"),
    [("gcp", "gke-gcloud-auth-plugin"), ("azure", "kubelogin"), ("x", "set-credentials --help")],
)
def test_a_removed_auth_provider(home: Home, name: str, successor: str) -> None:
    user = {"auth-provider": {"name": name}}
    sentence, next_step = refusal_of(lambda: home.resolve(kubeconfig(user)))
    assert sentence.endswith(f'is "{name}", which Kubernetes has removed')
    assert next_step.endswith(successor)


def test_oidc_uses_the_id_token_until_it_is_over(home: Home) -> None:
    def user(token: str) -> dict[str, object]:
        return {"auth-provider": {"name": "oidc", "config": {"id-token": token}}}

    def token(**claims: object) -> str:
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return f"e30.{payload}.signature"

    valid = token(exp=time.time() + 60)
    assert home.resolve(kubeconfig(user(valid))).credentials.token == valid
    assert home.resolve(kubeconfig(user("opaque"))).credentials.token == "opaque"
    sentence, next_step = refusal_of(lambda: home.resolve(kubeconfig(user(token(exp=1)))))
    assert sentence.endswith("has an expired id-token")
    assert next_step == "let kubectl renew and store it: kubectl get --raw /version"
    error = refusal_of(lambda: home.resolve(kubeconfig(user(token(exp=1))), context="main"))
    assert error[1].endswith("kubectl get --raw /version --context main")
    assert refusal_of(lambda: home.resolve(kubeconfig(user(""))))[0].endswith("has no id-token")


# ---------------------------------------------------------------- impersonation


def test_impersonation_flags_win_one_by_one(home: Home) -> None:
    acting = {"as": "jane", "as-groups": ["a", "b"], "as-uid": "7"}
    config = kubeconfig({"token": "t", **acting, "as-user-extra": {"Two words%": ["x", "y"]}})
    access = home.resolve(config, as_user="jack", as_group=("c",))
    assert access.impersonation == (
        ("Impersonate-User", "jack"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "c"),
        ("Impersonate-Extra-Two%20words%25", "x"),
        ("Impersonate-Extra-Two%20words%25", "y"),
    )


@pytest.mark.parametrize("typed", [{"as_group": ("g",)}, {"as_uid": "7"}])
def test_a_group_is_not_impersonated_without_a_user(home: Home, typed: dict[str, Any]) -> None:
    _, next_step = refusal_of(lambda: home.resolve(kubeconfig({"token": "t"}), **typed))
    assert next_step == "add --as USER"


# ---------------------------------------------------------------- in a Pod


@pytest.fixture
def pod(home: Home) -> Home:
    home.variables |= {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    home.write("account/token", "pod-token\n")
    home.write("account/ca.crt", "PEM")
    home.write("account/namespace", "shop\n")
    return home


def test_in_a_pod_its_service_account_is_used(pod: Home) -> None:
    access = pod.resolve(as_user="jane")
    assert (access.server, access.namespace, access.ca) == ("https://[fd00::1]:443", "shop", b"PEM")
    assert access.impersonation == (("Impersonate-User", "jane"),)
    login = Login(access, pod.variables, io.StringIO())
    assert login.current().authorization == "Bearer pod-token"
    assert pod.resolve(namespace="n").namespace == "n"
    assert pod.resolve(token="t").credentials.token == "t"


def test_in_a_pod_a_kubeconfig_wins_and_the_namespace_is_the_pods(pod: Home) -> None:
    access = pod.resolve(kubeconfig({"token": "t"}))
    assert (access.server, access.namespace) == ("https://api.test:6443", "shop")
    pod.variables["POD_NAMESPACE"] = "other"
    assert pod.resolve().namespace == "other"


def test_in_a_pod_without_the_ca(pod: Home) -> None:
    (pod.folder / "account/ca.crt").unlink()
    assert "the CA of the service account: cannot read" in refusal_of(pod.resolve)[0]


# ---------------------------------------------------------------- proxies and timeouts


def test_the_proxy_is_chosen_as_go_does(home: Home) -> None:
    variables = {"HTTPS_PROXY": "proxy.test:3128", "HTTP_PROXY": "http://p.test", "NO_PROXY": "x"}
    access = Access("https://api.test")
    assert proxy_of(access, variables).url == "http://proxy.test:3128"
    assert proxy_of(access, variables).exceptions == "x"
    assert proxy_of(Access("http://api.test"), variables).url == "http://p.test"
    for local in ("https://localhost:6443", "https://127.0.0.9", "https://[::1]"):
        assert proxy_of(Access(local), variables).url == ""
    own = Access("https://localhost", proxy_url="https://ja%3Ane:p%40ss@p.test")
    assert proxy_of(own, variables).exceptions == ""
    assert proxy_of(own, variables).login == ("ja:ne", "p@ss")


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://user:secret@:x", "http://x:99999"])
def test_a_proxy_that_is_none(url: str) -> None:
    sentence, _ = refusal_of(lambda: proxy_of(Access("https://a.test", proxy_url=url), {}))
    assert "is not the URL of a proxy" in sentence
    assert "secret" not in sentence


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *((None, None), ("", None), ("0", 0), ("0s", 0), ("5", 5), ("5s", 5), ("2m", 120)),
        *(("1h1m1.5s", 3661.5), ("300ms", 0.3), (".5s", 0.5)),
    ],
)
def test_request_timeout_is_read_as_kubectl_does(text: str | None, seconds: float | None) -> None:
    assert parse_timeout(text) == seconds


@pytest.mark.parametrize("text", ["soon", "5 s", "-1s", "5d", "1m2", "s", "٣", "5s!"])
def test_a_request_timeout_that_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="not a duration"):
        parse_timeout(text)
