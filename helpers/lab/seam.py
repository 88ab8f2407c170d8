"""The one place that knows private names of moto and botocore.

The lab rests on parts of both that no documentation promises: the stub that every mocked
request passes, the router, parsers and serializers, a few attributes of the stored objects.
They are all imported here, under the names that the lab uses, and nowhere else.
``tests/unit/lab/test_canaries.py`` has one test for each, so that an upgrade says which of
them moved before anything stranger happens.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import http.client
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import botocore.loaders
import botocore.regions
import botocore.session
import moto.core.utils
from botocore.auth import (
    HmacV1QueryAuth,
    S3SigV4Auth,
    S3SigV4QueryAuth,
    SigV2Auth,
    SigV4Auth,
    SigV4QueryAuth,
)
from botocore.awsrequest import HeadersDict
from botocore.client import ClientCreator
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.credentials import CredentialResolver
from botocore.hooks import EventAliaser, HierarchicalEmitter, NodeList, _PrefixTrie
from botocore.httpsession import URLLib3Session, create_urllib3_context
from botocore.parsers import ResponseParserError, create_parser
from botocore.regions import EndpointResolver
from botocore.serialize import EC2Serializer
from botocore.signers import RequestSigner, S3PostPresigner
from botocore.tokens import TokenProviderChain
from botocore.utils import EVENT_ALIASES
from moto.backend_index import backend_url_patterns
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.exceptions import HTTPException, ServiceException
from moto.core.model_instances import reset_model_data
from moto.core.models import MockAWS, botocore_stubber
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol, normalize_request
from moto.core.routing import NotFound, get_service_router
from moto.core.serialize import XFormedAttributePicker, get_serializer_class
from moto.core.utils import get_service_model
from moto.iam.access_control import PermissionResult
from moto.iam.models import AWSManagedPolicy, iam_backends
from moto.iam.policy_validation import VALID_RESOURCE_PATH_STARTING_VALUES
from moto.moto_api._internal import mock_random
from moto.s3.models import (
    OWNER,
    FakeAcl,
    FakeBucket,
    FakeDeleteMarker,
    FakeGrant,
    FakeGrantee,
    PublicAccessBlock,
    s3_backends,
)
from moto.utilities import utils as moto_utilities
from moto.utilities.docker_utilities import DockerModel
from requests.adapters import HTTPAdapter
from urllib3.response import HTTPResponse

from helpers.lab.model_files import PlainFiles

__all__ = [
    "PROTOCOL_PARSERS",
    "BotocoreStubber",
    "ConfiguredEndpointProvider",
    "CredentialResolver",
    "EndpointResolver",
    "HTTPAdapter",
    "HTTPException",
    "HierarchicalEmitter",
    "HmacV1QueryAuth",
    "NotFound",
    "Request",
    "RequestParserError",
    "RequestSigner",
    "S3PostPresigner",
    "S3SigV4Auth",
    "S3SigV4QueryAuth",
    "ServiceException",
    "SigV2Auth",
    "SigV4Auth",
    "SigV4QueryAuth",
    "TokenProviderChain",
    "URLLib3Session",
    "XFormedAttributePicker",
    "backend_url_patterns",
    "botocore_stubber",
    "determine_request_protocol",
    "ec2",
    "get_serializer_class",
    "get_service_model",
    "get_service_router",
    "iam_backend",
    "leave_decisions_to_the_gate",
    "let_policies_name_root_users",
    "mock_random",
    "normalize_request",
    "query_form",
    "s3_acl",
    "s3_bucket",
    "urls_of",
]

ACCOUNT_ENVIRON = "HTTP_X_MOTO_ACCOUNT_ID"
"""The request header, as WSGI spells it, that tells moto whose account it works on."""

REGION = "us-east-1"


def urls_of(service: str) -> dict[str, Any]:
    """moto's URLs of a service as regular expressions, each with the function that answers.

    They belong to the class of the service's store; moto makes a store to ask it, this does not.
    """
    kind = getattr(get_backend(service), "backend", None)
    # moto's own administration pages have another kind of store, and are nothing of AWS's.
    return kind.urls.fget(kind.__new__(kind)) if kind is not None else {}


def iam_backend(account_id: str) -> Any:
    """moto's IAM store of an account: users, groups, roles, policies, keys, devices."""
    return iam_backends[account_id]["aws"]


@functools.cache
def aws_managed_policies() -> str:
    """moto's text of all AWS-managed policies: 7 MB of JSON, read when first needed."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return aws_managed_policies_data


def managed_policy(name: str, account_id: str) -> Any | None:
    """The AWS-managed policy of that name as moto's object, or ``None`` where there is none.

    moto can load all of them when it starts, which takes a second; the lab takes single ones
    out of the same text when they are first named.
    """
    entry = f'\n "{name}":'
    at = aws_managed_policies().find(entry)
    if at < 0:
        return None
    data, _ = json.JSONDecoder().raw_decode(aws_managed_policies(), at + len(entry))
    return _aws_managed(name, data, account_id)


def _aws_managed(name: str, data: Any, account_id: str) -> Any:
    """moto's object with an id as AWS makes them, the same in every account and every run."""
    found = AWSManagedPolicy.from_data(name, account_id, REGION, data)
    found.id = "ANPA" + base64.b32encode(hashlib.sha256(found.arn.encode()).digest()).decode()[:17]
    return found


def is_aws_managed(policy: Any) -> bool:
    """Whether moto's managed policy is one of AWS's own."""
    return isinstance(policy, AWSManagedPolicy)


def role(arn: str) -> Any | None:
    """moto's role of that ARN, in whichever account it is, or ``None``."""
    parts = arn.split(":")
    if len(parts) < 6 or not parts[4].isdigit():
        return None
    return next((r for r in iam_backend(parts[4]).roles.values() if r.arn == arn), None)


def store(service: str, account_id: str, region: str) -> Any | None:
    """moto's store of a service, account and Region; ``None`` where there is none.

    A store is made for an account that has none yet, but only where the account is in use: an
    ARN of somebody else's account must leave nothing behind.
    """
    if account_id not in iam_backends:
        return None
    stores = get_backend(service)[account_id]
    if service == "kms":
        _leave_keys_to_the_gate()
    if region not in stores:
        return None
    return stores[region]  # made, if the Region was not used yet


@functools.cache
def _leave_keys_to_the_gate() -> None:
    """Keep moto from judging key policies a second time: it takes a Deny to hit everybody."""
    import moto.kms.responses

    moto.kms.responses.validate_policy = lambda key, action: None


def keys(account_id: str) -> list[Any]:
    """moto's KMS keys of an account in every Region; none where KMS was never used."""
    if "moto.kms.models" not in sys.modules:
        return []
    regions = get_backend("kms")[account_id].values()
    return [key for region in regions for key in region.keys.values()]


def buckets(account_id: str) -> list[Any]:
    """moto's buckets of an account."""
    return list(s3_backends[account_id]["aws"].buckets.values())


def s3_account_of(name: str) -> str | None:
    """The account that a bucket, or an access point in its place, belongs to."""
    found = s3_backends.bucket_accounts.get(name)
    if found is not None:
        return found[1]
    point = s3_access_point(name)
    return point.arn.split(":")[4] if point is not None else None


def s3_bucket(name: str) -> Any | None:
    """moto's bucket of that name, whosever it is, or ``None``."""
    found = s3_backends.bucket_accounts.get(name)
    if found is None:
        return None
    partition, account_id = found
    return s3_backends[account_id][partition].buckets.get(name)


def s3_versions(bucket: Any, key: str) -> list[Any]:
    """moto's versions of an object, delete markers among them, the newest last."""
    return bucket.keys.getlist(key, [])


def s3_version(bucket: Any, key: str, version_id: str | None = None) -> Any | None:
    """moto's version of an object; without an id the current one, unless it is deleted."""
    versions = bucket.keys.getlist(key, [])
    if version_id is not None:
        return next((v for v in versions if v.version_id == version_id), None)
    if not versions or isinstance(versions[-1], FakeDeleteMarker):
        return None
    return versions[-1]


def s3_access_point(name: str) -> Any | None:
    """moto's access point for what stands in a bucket's place in its host's name, "ap-1111…"."""
    if name in s3_backends.bucket_accounts:
        return None
    name, _, account_id = name.rpartition("-")
    if len(account_id) != 12 or not account_id.isdigit():
        return None
    return s3control_backend(account_id).access_points[account_id].get(name)


@dataclass
class BucketMarks:
    """What AWS knows of a bucket and moto does not. It lies on moto's own object."""

    mfa_delete: bool = False
    abac: bool = False
    blocks_customer_keys: bool = True
    """Whether the bucket refuses objects under a key that the caller brings along."""
    uploads: dict[str, datetime] = field(default_factory=dict)
    """Id of a multipart upload → when it was begun."""


def s3_marks(bucket: Any) -> BucketMarks:
    """What the lab keeps of a bucket."""
    found = getattr(bucket, "lab_marks", None)
    if found is None:
        found = bucket.lab_marks = BucketMarks()
    return found


def s3_owner(bucket: Any, version: Any) -> str:
    """The account that wrote a version of an object; the bucket's where nothing else is known."""
    return getattr(version, "lab_owner", bucket.account_id)


def s3_set_owner(version: Any, account_id: str) -> None:
    """Note the account that wrote a version of an object."""
    version.lab_owner = account_id


def s3_customer_key(version: Any) -> str | None:
    """The digest of the caller's own key that a version of an object is under, if it is."""
    return getattr(version, "lab_customer_key", None)


def s3_set_customer_key(version: Any, digest: str | None) -> None:
    """Note the digest of the caller's own key for a version of an object, or an upload."""
    version.lab_customer_key = digest


def s3_keep_versions(bucket: Any, key: str, versions: list[Any]) -> None:
    """Make these the versions of an object; none: the key is gone."""
    if versions:
        bucket.keys.setlist(key, versions)
        return
    # moto's own pop() takes delete markers for objects.
    for version in dict.pop(bucket.keys, key, ()):
        if not isinstance(version, FakeDeleteMarker):
            version.dispose()


@contextlib.contextmanager
def s3_set_aside(bucket: Any, key: str) -> Iterator[None]:
    """Keep an object's versions out of moto's reach while it writes a new one."""
    versions = dict.pop(bucket.keys, key, None)
    try:
        yield
    finally:
        if versions is not None:
            new = [v for v in bucket.keys.getlist(key, []) if v not in versions]
            dict.__setitem__(bucket.keys, key, [*versions, *new])


def s3_delete_marker(newest: Any, key: str, version_id: str | None = None) -> Any:
    """A new delete marker; ``newest`` is the version that it hides, if there is one."""
    marker = FakeDeleteMarker(newest if newest is not None else SimpleNamespace(name=key))
    if version_id is not None:
        marker._version_id = version_id
    return marker


def is_s3_delete_marker(version: Any) -> bool:
    """Whether one of an object's versions is a delete marker."""
    return isinstance(version, FakeDeleteMarker)


def s3_tags(bucket: Any, version: Any = None) -> dict[str, str]:
    """The tags of a version of an object; of the bucket itself where none is given."""
    if isinstance(version, FakeDeleteMarker):
        return {}
    backend = s3_backends[bucket.account_id]["aws"]
    return backend.tagger.get_tag_dict_for_resource((version or bucket).arn)


def s3_tag(bucket: Any, tags: dict[str, str]) -> None:
    """Give a bucket these tags, in place of those that it had."""
    s3_backends[bucket.account_id]["aws"].put_bucket_tagging(bucket.name, tags)


def s3_public_access_block(settings: dict[str, bool]) -> Any:
    """moto's object for the four switches of Block Public Access, by the names of the API."""
    return PublicAccessBlock(
        settings.get("BlockPublicAcls"),
        settings.get("IgnorePublicAcls"),
        settings.get("BlockPublicPolicy"),
        settings.get("RestrictPublicBuckets"),
    )


def s3_access_point_block(point: Any) -> Any:
    """The four switches of Block Public Access of an access point."""
    return s3_public_access_block({k: str(v).lower() == "true" for k, v in point.pubc.items()})


def s3_account_block(account_id: str) -> Any | None:
    """The four switches of Block Public Access of a whole account; ``None``: never set."""
    return s3control_backend(account_id).public_access_block


def s3control_backend(account_id: str) -> Any:
    """moto's S3 Control store of an account."""
    from moto.s3control.models import s3control_backends

    return s3control_backends[account_id]["aws"]


_NAME = "(?:<DisplayName>[^<]*</DisplayName>)?"
_LISTED_OWNER = re.compile(f"{_NAME}<ID>{OWNER}</ID>{_NAME}")


def s3_list_of(body: bytes | str, canonical_id: str) -> str:
    """moto's list of objects in XML, with another owner for the one that it gives to all."""
    text = body.decode() if isinstance(body, bytes) else body
    return _LISTED_OWNER.sub(f"<ID>{canonical_id}</ID>", text)


def s3_acl(grants: list[tuple[str, str, str]]) -> Any:
    """moto's access control list of (canonical id, group's URI, permission)."""
    return FakeAcl(
        [FakeGrant([FakeGrantee(grantee_id=i, uri=uri)], [name]) for i, uri, name in grants]
    )


def leave_mocks_nothing_to_do() -> None:
    """Let ``mock_aws`` start and stop, as a decorator or otherwise, without doing anything.

    All the mocks of a process share one state and one switch, so one stop too many would wipe
    the lab and turn it off. It also puts keys back into the environment that it found there.
    """

    def nothing(mock: Any, *args: Any, **kwargs: Any) -> None:
        return None

    own = MockAWS.stop

    @functools.wraps(own)
    def stop(mock: Any, remove_data: bool = True) -> None:
        if MockAWS._nested_count <= 0:  # moto counts this one too, and would be wrong ever after
            raise RuntimeError("Called stop() before start().")
        own(mock, remove_data)

    for name in _DEEDS_OF_MOCKS:
        setattr(MockAWS, name, nothing)
    MockAWS.stop = stop
    botocore_stubber.enabled = True


_DEEDS_OF_MOCKS = (
    "_enable_patching",
    "_disable_patching",
    "_mock_env_variables",
    "_unmock_env_variables",
    "reset",
)


def leave_docker_alone() -> None:
    """Keep moto from running containers, which have the network that this process has not."""

    def no_client(model: Any) -> Any:
        raise NotImplementedError("no containers are run")

    DockerModel.docker_client = property(no_client)


def forget_everything() -> None:
    """Empty moto's stores, of all accounts, and let go of what was in them."""
    stores = list(BackendDict._instances)
    BackendDict.reset()
    for store in stores:
        store.clear()  # one that was emptied may have made another anew: Auto Scaling, EC2's
    reset_model_data()


def answer_for_requests(adapter: Any, request: Any) -> Any:
    """The stub's answer to a request of ``requests``, as its adapter hands it on."""
    status, headers, body = botocore_stubber.process_prepared_request(request)
    answer = HTTPResponse(
        body=io.BytesIO(body.encode() if isinstance(body, str) else body),
        headers=headers,
        status=status,
        reason=http.client.responses.get(status),
        preload_content=False,
        decode_content=False,
        # An answer to HEAD says how long the object is, and has none of it.
        request_method=request.method,
    )
    return adapter.build_response(request, answer)


def read_models_once() -> None:
    """Let the sessions of this process share what botocore reads and builds anew for each.

    That is the files that describe the services, the models made of them, and a method for each
    operation: of a client of EC2, with its 800, three quarters of the time. moto's own sessions
    count among them. A session of before has its own.
    """
    shared: set[Any] = set()
    models: dict[tuple[Any, str, str | None], Any] = {}
    methods: dict[Any, dict[str, Any]] = {}
    names: dict[Any, dict[str, str]] = {}
    load, create = ClientCreator._load_service_model, ClientCreator._create_methods
    name = ClientCreator._create_name_mapping

    def plain(loader: Any) -> Any:
        loader.file_loader = PlainFiles()
        return loader

    @functools.cache
    def create_loader(search_path_string: str | None = None) -> Any:
        found = plain(botocore.loaders.create_loader(search_path_string))
        shared.add(found)
        return found

    of_moto = moto.core.utils.create_loader

    @functools.cache
    def create_loader_of_moto() -> Any:
        return plain(of_moto())

    def load_service_model(creator: Any, service_name: str, api_version: str | None = None) -> Any:
        if creator._loader not in shared:
            return load(creator, service_name, api_version)
        key = (creator._loader, service_name, api_version)
        if key not in models:
            models[key] = load(creator, service_name, api_version)
        return models[key]

    def create_methods(creator: Any, service_model: Any) -> dict[str, Any]:
        if creator._loader not in shared:
            return create(creator, service_model)
        if service_model not in methods:
            methods[service_model] = create(creator, service_model)
        return dict(methods[service_model])  # handlers add to it

    def create_name_mapping(creator: Any, service_model: Any) -> dict[str, str]:
        if creator._loader not in shared:
            return name(creator, service_model)
        if service_model not in names:
            names[service_model] = name(creator, service_model)
        return names[service_model]

    botocore.session.create_loader = create_loader
    moto.core.utils.create_loader = create_loader_of_moto
    ClientCreator._load_service_model = load_service_model
    ClientCreator._create_methods = create_methods
    ClientCreator._create_name_mapping = create_name_mapping
    _read_endpoint_rules_once()
    _look_up_event_names_once()
    _copy_handlers_quickly()


def _read_endpoint_rules_once() -> None:
    """Let the clients of a service share the rules by which it finds its addresses.

    They are two thirds of the time that a client of S3 takes. Rules of another loader are others.
    """
    made: dict[tuple[int, int], tuple[Any, Any, Any]] = {}
    make = botocore.regions.EndpointProvider

    def provider(ruleset_data: Any, partition_data: Any, **others: Any) -> Any:
        key = (id(ruleset_data), id(partition_data))
        if key not in made:
            found = make(ruleset_data=ruleset_data, partition_data=partition_data, **others)
            made[key] = (ruleset_data, partition_data, found)  # all kept, so the ids stay theirs
        return made[key][-1]

    botocore.regions.EndpointProvider = provider


def _look_up_event_names_once() -> None:
    """Let all clients share what botocore finds out of its events' old and new names.

    It goes through a hundred old names for each event that a client has not seen yet.
    """
    new_names: dict[str, str] = {}
    init = EventAliaser.__init__

    def of_all(aliaser: Any, *args: Any, **kwargs: Any) -> None:
        init(aliaser, *args, **kwargs)
        if aliaser._event_aliases == EVENT_ALIASES:
            aliaser._alias_name_cache = new_names

    EventAliaser.__init__ = of_all


def _copy_handlers_quickly() -> None:
    """Copy what hears which event knowing what it is made of; each client copies 400 branches."""

    def branch(node: dict[str, Any]) -> dict[str, Any]:
        at, below = node["values"], node["children"]
        return {
            "chunk": node["chunk"],
            "children": {part: branch(child) for part, child in below.items()} if below else {},
            "values": at and NodeList(at.first[:], at.middle[:], at.last[:]),
        }

    def copied(trie: Any) -> Any:
        found = _PrefixTrie()
        found._root = branch(trie._root)
        return found

    _PrefixTrie.__copy__ = copied


def make_one_tls_context() -> None:
    """Let all clients have the same TLS context: behind the guard none of them connects."""
    make = functools.cache(create_urllib3_context)
    URLLib3Session._get_ssl_context = lambda session: make()


def do_without_crt() -> None:
    """Keep boto3 from its transfers in C, where it was imported before the environment said so.

    They open sockets that Python does not hear of.
    """
    for name in _CHOOSERS_OF_TRANSFERS:
        if name in sys.modules:
            sys.modules[name].HAS_CRT = False


_CHOOSERS_OF_TRANSFERS = ("botocore.compat", "boto3.s3.transfer")


def leave_decisions_to_the_gate() -> None:
    """Keep moto from judging object calls a second time, by its own reading of bucket policies.

    It takes a Deny to hit everybody, whatever Principal and Condition say.
    """
    FakeBucket.get_permission = lambda bucket, action, resource: PermissionResult.PERMITTED


def let_policies_name_root_users() -> None:
    """Teach moto's check of documents that a root user is a resource of IAM (AssumeRoot's)."""
    known = VALID_RESOURCE_PATH_STARTING_VALUES["iam"]["values"]
    if "root" not in known:
        known.append("root")


def tag_list(entity: Any) -> list[dict[str, str]]:
    """The tags of moto's user, role, policy or instance profile, as the API lists them."""
    tags = entity.tags or []
    return list(tags.values() if isinstance(tags, dict) else tags)


def tags_of(entity: Any) -> dict[str, str]:
    """The same tags as a plain dict."""
    return {tag["Key"]: tag["Value"] for tag in tag_list(entity)}


def groups_of(entity: Any) -> list[Any]:
    """moto's groups that a user is in; roles are in none."""
    if not hasattr(entity, "mfa_devices"):
        return []
    groups = iam_backend(entity.account_id).groups.values()
    return [group for group in groups if any(user is entity for user in group.users)]


def policy(arn: str, account_id: str) -> Any | None:
    """moto's managed policy of that ARN, an AWS-managed one fetched when first named."""
    stored = iam_backend(account_id).managed_policies
    if arn not in stored and arn.startswith("arn:aws:iam::aws:policy/"):
        found = managed_policy(arn.rsplit("/", 1)[-1], account_id)
        if found is not None and found.arn == arn:
            stored[arn] = found
    return stored.get(arn)


@functools.cache
def _parser(protocol: str) -> Any:
    return create_parser(protocol)


def parse_answer(model: Any, status: int, headers: Any, body: Any) -> dict[str, Any]:
    """An HTTP answer as boto3 reads it; {} where it cannot be read."""
    text = body.encode() if isinstance(body, str) else bytes(body or b"")
    answer = {"status_code": status, "headers": HeadersDict(headers or {}), "body": text}
    try:
        found = _parser(str(model.service_model.protocol)).parse(answer, model.output_shape)
    except ResponseParserError:
        return {}
    found.pop("ResponseMetadata", None)
    return found


def default_document(policy: Any) -> str:
    """The document in force of moto's managed policy: that of its default version."""
    return next(v.document for v in policy.versions if v.version_id == policy.default_version_id)


def load_named_policies(call: Any, account_id: str) -> None:
    """Fetch the AWS-managed policies that an IAM call is about before moto looks for them."""
    if call.service != "iam":
        return
    for name in ("PolicyArn", "PermissionsBoundary"):
        if arn := call.parameters.get(name):
            policy(arn, account_id)


def load_all_managed_policies(account_id: str) -> None:
    """Fetch every AWS-managed policy, for a list of all of them."""
    stored = iam_backend(account_id).managed_policies
    for name, data in json.loads(aws_managed_policies()).items():
        found = _aws_managed(name, data, account_id)
        stored.setdefault(found.arn, found)


OFFERINGS = "ec2/resources/instance_type_offerings"
"""Where moto keeps which Region and zone offers which types of instance: 90 MB once read."""


class _Offerings(dict[str, list[dict[str, str]]]):
    """What each Region offers, read when a Region is first looked up."""

    def __init__(self, location_type: str, regions: Iterable[str]) -> None:
        super().__init__({region: [] for region in regions})
        self._location_type = location_type

    def __getitem__(self, region: str) -> list[dict[str, str]]:
        found = super().__getitem__(region)
        if not found:
            path = f"{OFFERINGS}/{self._location_type}/{region}.json"
            for offering in moto_utilities.load_resource(path):
                found.append({**offering, "LocationType": self._location_type})
        return found

    def get(self, region: str, default: Any = None) -> Any:
        try:
            return self[region]
        except KeyError:
            return default


@functools.cache
def ec2() -> Any:
    """moto's EC2 stores, imported when first needed.

    Their import reads the offerings of all Regions, half a second and 90 MB, of which a lab needs
    one Region's, if any.
    """
    load = moto_utilities.load_resource

    def load_without_offerings(resource: str) -> Any:
        return [] if resource.startswith(OFFERINGS) else load(resource)

    moto_utilities.load_resource = load_without_offerings
    try:
        from moto.ec2 import models, utils
        from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
    finally:
        moto_utilities.load_resource = load
    for location_type, regions in INSTANCE_TYPE_OFFERINGS.items():
        if not any(regions.values()):
            INSTANCE_TYPE_OFFERINGS[location_type] = _Offerings(location_type, regions)
    utils.random_resource_id = _random_resource_id
    return models


def _random_resource_id(size: int = 8) -> str:
    """The digits of an EC2 id, drawn at once: a Region's images have some 4,000 ids, and moto draws
    each digit for itself."""
    return f"{mock_random.getrandbits(4 * size):0{size}x}"


def ec2_instance_types() -> Mapping[str, Any]:
    """moto's description of every type of instance."""
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    return INSTANCE_TYPES


def ec2_offers(instance_type: str, region: str) -> bool:
    """Whether a Region offers a type of instance; yes, for one of which moto has no list."""
    from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS

    offered = INSTANCE_TYPE_OFFERINGS["region"].get(region)
    return not offered or any(one["InstanceType"] == instance_type for one in offered)


def ec2_instance() -> Any:
    """moto's kind of instance."""
    from moto.ec2.models.instances import Instance

    return Instance


def ec2_interface() -> Any:
    """moto's kind of network interface."""
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface

    return NetworkInterface


def query_form(parameters: Mapping[str, Any], model: Any) -> dict[str, Any]:
    """The fields of a form that say the parameters of an EC2 operation, as boto3 writes them."""
    return EC2Serializer().serialize_to_request(dict(parameters), model)["body"]


def trails(account_id: str) -> list[Any]:
    """moto's trails of an account, in whichever Region they are at home."""
    from moto.cloudtrail.models import cloudtrail_backends

    regions = cloudtrail_backends[account_id].values()
    return [trail for region in regions for trail in region.trails.values()]


def forget_trail(trail: Any) -> None:
    """Take a trail out of moto's store."""
    from moto.cloudtrail.models import cloudtrail_backends

    del cloudtrail_backends[trail.account_id][trail.region_name].trails[trail.trail_name]


def put_log_file(owner: str, bucket_name: str, key: str, content: bytes) -> None:
    """Put an object into a bucket as a service does it, past the gate."""
    stored = s3_backends[owner]["aws"].put_object(bucket_name, key, content)
    stored.set_metadata({"Content-Type": "application/json", "Content-Encoding": "gzip"})
