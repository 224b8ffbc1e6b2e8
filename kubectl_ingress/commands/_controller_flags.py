"""What can be said of the controller, by install and by upgrade alike."""

from __future__ import annotations

from typing import Annotated

import typer

Image = Annotated[
    str | None, typer.Option(help="Another image for the controller.", metavar="IMAGE")
]
Replicas = Annotated[int | None, typer.Option(help="Pods of the controller.", metavar="N")]
Internal = Annotated[
    bool, typer.Option("--internal", help="A load balancer inside the private network only.")
]
AcmCertificate = Annotated[
    str | None, typer.Option(help="Certificate of a load balancer that ends TLS.", metavar="ARN")
]
ProxyCidr = Annotated[
    str | None, typer.Option(help="Range whose X-Forwarded headers are believed.", metavar="CIDR")
]
