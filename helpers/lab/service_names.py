"""Which service a request is for, by the names that botocore's models give themselves.

The name in a signature is not botocore's name of the service ("states" is Step Functions), and
some services share one: the two Elastic Load Balancings differ by the version in the form,
DynamoDB and its streams by the target, SES's two by the path. The first kilobytes of each model say
all that is needed; they are read when a name is first not the service's own (35 ms, once).

AWS: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
"""

from __future__ import annotations

import functools
import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import botocore.loaders

from helpers.lab import seam

_HEAD = 4096
"""Bytes of a model that hold its "metadata", which stand first."""


class Names(NamedTuple):
    """What a service is called, by itself and on the wire."""

    service: str
    signing: str
    endpoint: str
    target: str | None
    version: str

    @classmethod
    def of(cls, service: str, metadata: Mapping[str, Any]) -> Names:
        """The names in a model's metadata."""
        endpoint = metadata["endpointPrefix"]
        signing = metadata.get("signingName") or endpoint
        return cls(service, signing, endpoint, metadata.get("targetPrefix"), metadata["apiVersion"])

    def fits(self, request: Any) -> bool:
        """Whether a request's target and version are this service's, where it has any."""
        return self._fits(*_marks(request))

    def _fits(self, target: str, version: str) -> bool:
        if target and self.target:
            return target == self.target
        return not version or version == self.version

    def is_at(self, host: str) -> bool:
        """Whether a host name begins as the service's endpoints do."""
        labels = self.endpoint.split(".")
        there = host.lower().split(".")[: len(labels)]
        return [label.removesuffix("-fips") for label in there] == labels


@functools.cache
def all_names() -> tuple[Names, ...]:
    """The names of every service that botocore has a model of."""
    found: dict[str, Names] = {}
    for folder in map(Path, botocore.loaders.create_loader().search_paths):
        for model in sorted(folder.glob("*/*/service-2.json.gz")):
            service = model.parts[-3]  # the newest version comes last
            found[service] = Names.of(service, _metadata(model))
    return tuple(found.values())


def _metadata(model: Path) -> Mapping[str, Any]:
    with gzip.open(model) as file:
        head = file.read(_HEAD).decode("utf-8", "ignore")
    _, _, rest = head.partition('"metadata"')
    return json.JSONDecoder().raw_decode(rest, rest.index("{"))[0]


def candidates(signing_name: str | None, request: Any) -> tuple[str, ...]:
    """The services that a request may be for, the likeliest first: by the name that it is signed
    with, where it is signed at all, else by its host."""
    return _candidates(signing_name, request.host, *_marks(request))


def unsigned(request: Any) -> str | None:
    """The service of a request that is not signed and goes to no host of AWS: by the operation
    that it names in its target or its form; ``None`` where it names none."""
    target, version = _marks(request)
    operation = target_of(request)[1]
    if not target:
        operation = request.values.get("Action", "") if version else ""
    if not operation:
        return None
    for names in all_names():
        named = names.target == target if target else names.version == version
        if named and operation in seam.get_service_model(names.service).operation_names:
            return names.service
    return None


def endpoint_of(service: str) -> str:
    """What the host names of a service begin with."""
    return str(seam.get_service_model(service).metadata["endpointPrefix"])


_RPC_PATH = re.compile(r"/service/([^/]+)/operation/([^/]+)")


def target_of(request: Any) -> tuple[str, str]:
    """The service and the operation that a request names in its header, or in its path as the
    newest protocol does; "" for what it does not name."""
    if path := _RPC_PATH.fullmatch(request.path):
        return path[1], path[2]
    prefix, _, operation = request.headers.get("X-Amz-Target", "").rpartition(".")
    return prefix, operation


def _marks(request: Any) -> tuple[str, str]:
    """The target's prefix and the version in the form; "" for what a request has not."""
    target = target_of(request)[0]
    form = request.values if "Action" in request.values else {}
    return target, form.get("Version", "")


@functools.lru_cache(maxsize=1024)
def _candidates(signing_name: str | None, host: str, target: str, version: str) -> tuple[str, ...]:
    if signing_name is None:
        found = [names for names in all_names() if names.is_at(host)]
    else:
        found = [names for names in all_names() if names.signing == signing_name]
    found = [names for names in found if names._fits(target, version)]
    # The one at this host; the one that is called like its signature; the one that others were
    # made after ("rds" before "docdb" and "neptune", which are the same on the wire).
    found.sort(
        key=lambda names: (
            not names.is_at(host),
            names.service != names.signing,
            names.service not in _ORIGINALS,
            names.service,
        )
    )
    return tuple(names.service for names in found)


_ORIGINALS = frozenset({"qconnect", "rds"})
