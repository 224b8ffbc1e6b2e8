"""The command line of the data plane: its own flags, and those of ingress-nginx's controller.

The controller's are those of pkg/flags/flags.go (1.13 to 1.15) and of klog. Whatever a manifest
says to the controller it may say here; only a flag that the controller does not know either ends
the program.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from kubectl_ingress.controllers.ingress_nginx import PROFILE

# Where this process listens is its own affair, in the lab that of whoever starts it: the last of
# two counts, so these stand behind the controller's own.
_PORTS = {"http": 80, "https": 443, "health": 10254}
# As with pflag a switch that stands alone is true.
_SWITCHES = (
    *("deep-inspect", "disable-catch-all", "disable-full-test", "disable-leader-election"),
    *("disable-svc-external-name", "disable-sync-events", "enable-annotation-validation"),
    *("enable-metrics", "enable-ssl-chain-completion", "enable-ssl-passthrough"),
    *("enable-topology-aware-routing", "ingress-class-by-name", "metrics-per-host"),
    *("metrics-per-undefined-host", "profiling", "report-node-internal-ip-address"),
    *("report-status-classes", "update-status", "update-status-on-shutdown"),
    *("add_dir_header", "alsologtostderr", "logtostderr", "one_output", "skip_headers"),
    *("skip_log_headers", "watch-ingress-without-class"),
)
_VALUED = (
    *("annotations-prefix", "apiserver-host", "bucket-factor", "certificate-authority"),
    *("configmap", "controller-class", "default-backend-service", "default-server-port"),
    *("default-ssl-certificate", "dynamic-configuration-retries", "election-id", "election-ttl"),
    *("exclude-socket-metrics", "health-check-path", "health-check-timeout", "healthz-host"),
    *("healthz-port", "ingress-class", "internal-logger-address", "length-buckets"),
    *("max-buckets", "maxmind-edition-ids", "maxmind-license-key", "maxmind-mirror"),
    *("maxmind-retries-count", "maxmind-retries-timeout", "monitor-max-batch-size"),
    *("post-shutdown-grace-period", "profiler-address", "profiler-port", "shutdown-grace-period"),
    *("size-buckets", "ssl-passthrough-proxy-port", "status-port", "status-update-interval"),
    *("stream-port", "sync-period", "sync-rate-limit", "tcp-services-configmap", "time-buckets"),
    *("udp-services-configmap", "validating-webhook", "validating-webhook-certificate"),
    *("validating-webhook-key", "watch-namespace", "watch-namespace-selector"),
    *("log_backtrace_at", "log_dir", "log_file", "log_file_max_size", "stderrthreshold"),
    "vmodule",
)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The flags that this process goes by; argparse exits with status 2 on an unknown one.

    Those of the controller that change its routes are read elsewhere, from the same words; the
    rest are accepted without effect.
    """
    parser = argparse.ArgumentParser(
        prog="kubectl_ingress.dataplane",
        description=__doc__,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--listen", default="127.0.0.1", metavar="ADDRESS")
    for name, port in _PORTS.items():
        parser.add_argument(f"--{name}-port", type=int, default=port, metavar="PORT")
    parser.add_argument("--server", default="auto", choices=["nginx", "proxy", "auto"])
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when stdin does")
    parser.add_argument("--kubeconfig")
    parser.add_argument("--publish-service", default="", metavar="NAMESPACE/NAME")
    parser.add_argument("--publish-status-address", default="", metavar="ADDRESS,…")
    controllers = parser.add_argument_group(
        f"flags of {PROFILE.title}", "those that change routes count, the others have no effect"
    )
    controllers.add_argument("-v", "--v", metavar="LEVEL")
    for name in sorted(_SWITCHES):
        controllers.add_argument(f"--{name}", nargs="?", const="true", metavar="true|false")
    for name in sorted(_VALUED):
        controllers.add_argument(f"--{name}", metavar="VALUE")
    return parser.parse_args(arguments)
