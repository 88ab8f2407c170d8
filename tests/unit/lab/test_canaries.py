"""One canary for each private name of moto and botocore that the lab rests on.

Each fails with a sentence that says what moved, in which version, so that an upgrade begins
with a list of what to look at and not with something strange in a notebook.
"""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import json
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import botocore.auth
import botocore.configprovider
import botocore.credentials
import botocore.handlers
import botocore.httpsession
import botocore.loaders
import botocore.session
import botocore.signers
import botocore.tokens
import moto.core.model_instances
import moto.core.models
import pytest
from botocore.loaders import JSONFileLoader
from lab_calls import ROOT, allow, child, new_phone, new_user, outcome, trust

from helpers import Lab
from helpers.lab import ec2_store, s3_subresources, seam
from helpers.lab.model_files import PlainFiles

SEAM = ROOT / "helpers" / "lab" / "seam.py"
PINNED = {
    name: re.search(rf"{name}(?:\[.*?\])?==([\d.]+)", (ROOT / "environment.yml").read_text())[1]
    for name in ("moto", "boto3")
}


def moved(what: str) -> str:
    """What a failing canary says."""
    return (
        f"moved: {what}. Pinned are moto {PINNED['moto']} and boto3 {PINNED['boto3']}, installed "
        f"moto {version('moto')} and botocore {version('botocore')}: helpers/lab has to follow."
    )


def parameters_of(function: Callable) -> list[str]:
    return list(inspect.signature(function).parameters)


@pytest.mark.parametrize("name", ["moto", "boto3"])
def test_the_pinned_versions_are_installed(name: str) -> None:
    assert version(name) == PINNED[name], moved(f"the version of {name}")


def test_no_other_module_of_the_lab_imports_private_names() -> None:
    """botocore.auth, .signers and the like, and all of moto, come through seam.py alone."""
    public = {
        "botocore",  # UNSIGNED
        "botocore.awsrequest",
        "botocore.compat",
        "botocore.config",
        "botocore.credentials",
        "botocore.exceptions",
        "botocore.loaders",
        "botocore.session",
        "botocore.validate",
    }
    found = []
    for path in (ROOT / "helpers").rglob("*.py"):
        if path == SEAM:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            found += [
                f"{path.name}: {name}"
                for name in names
                if name.split(".")[0] in ("moto", "botocore") and name not in public
            ]
    assert found == []


def test_every_name_that_the_seam_imports_has_a_canary() -> None:
    """A new private name needs a canary in this file."""
    imported = {
        alias.asname or alias.name
        for node in ast.walk(ast.parse(SEAM.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module.startswith(("moto", "botocore"))
        for alias in node.names
    }
    assert imported - set(re.findall(r"\w+", Path(__file__).read_text())) == set()


# The stub and the mock ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("process_request", ["stub", "request"]),
        ("__call__", ["self", "event_name", "request", "kwargs"]),
        ("process_prepared_request", ["self", "request"]),
    ],
)
def test_botocore_stubber(name: str, expected: list[str]) -> None:
    method = getattr(seam.BotocoreStubber, name, None)
    assert method is not None, moved(f"BotocoreStubber.{name}")
    assert parameters_of(method) == expected, moved(f"the parameters of BotocoreStubber.{name}")


def test_both_ways_into_the_stub_pass_process_request() -> None:
    for name in ("__call__", "process_prepared_request"):
        source = inspect.getsource(getattr(seam.BotocoreStubber, name))
        assert "self.process_request(" in source, moved(f"BotocoreStubber.{name}'s way")


def test_botocore_stubber_instance_is_the_handler_before_send() -> None:
    assert isinstance(seam.botocore_stubber, seam.BotocoreStubber), moved("botocore_stubber")
    assert ("before-send", seam.botocore_stubber) in botocore.handlers.BUILTIN_HANDLERS, moved(
        "the handler of before-send"
    )
    assert "enabled" in vars(seam.botocore_stubber), moved("botocore_stubber.enabled")


def test_HTTPAdapter_and_HTTPResponse_make_answers_for_requests(house: Lab) -> None:
    import requests

    answer = requests.get("https://sts.amazonaws.com/?Action=GetCallerIdentity")
    assert "MissingAuthenticationToken" in answer.text, moved("HTTPAdapter.send")
    assert answer.reason == "Forbidden", moved("http.client.responses")
    url = house.root.client("s3").generate_presigned_url(
        "head_object", Params={"Bucket": "payroll", "Key": "2026.csv"}
    )
    answer = requests.head(url)
    assert answer.headers["content-length"] == "56", moved("HTTPAdapter.build_response")
    assert (answer.status_code, answer.content) == (200, b""), moved("HTTPResponse(request_method)")
    assert parameters_of(seam.HTTPAdapter.build_response) == ["self", "req", "resp"]


def test_MockAWS() -> None:
    assert parameters_of(seam.MockAWS.start) == ["self", "reset"], moved("MockAWS.start")
    assert parameters_of(seam.MockAWS.stop) == ["self", "remove_data"], moved("MockAWS.stop")
    assert seam.MockAWS._nested_count == 0, moved("MockAWS._nested_count")
    source = Path(inspect.getsourcefile(moto.core.models)).read_text()
    for name in seam._DEEDS_OF_MOCKS:
        assert f"    def {name}(self" in source, moved(f"MockAWS.{name}")
    # Whatever else a mock does, it does by these.
    start, stop = (source.index(f"    def {name}(") for name in ("start", "stop"))
    called = set(re.findall(r"self\.(\w+)\(", source[start : source.index("_decorate", stop)]))
    assert called <= set(seam._DEEDS_OF_MOCKS), moved("what MockAWS.start and stop call")


def test_BackendDict_reset_and_reset_model_data(lab: Lab) -> None:
    lab.root.client("sqs").create_queue(QueueName="q")
    stores = seam.get_backend("sqs")
    assert stores in seam.BackendDict._instances, moved("BackendDict._instances")
    Lab.stop()
    assert (len(stores), seam.BackendDict._instances) == (0, []), moved("BackendDict.reset")
    kept = moto.core.model_instances.model_data["sqs"]["Queue"].instances_tracked
    assert kept == [], moved("reset_model_data")


def test_DockerModel() -> None:
    import moto.awslambda.models
    import moto.batch.models

    assert issubclass(moto.awslambda.models.LambdaFunction, seam.DockerModel), moved("DockerModel")
    assert issubclass(moto.batch.models.Job, seam.DockerModel), moved("DockerModel")
    source = Path(inspect.getsourcefile(seam.DockerModel)).read_text()
    assert source.count("docker.from_env()\n") == 1, moved("how moto makes a client of Docker")
    with pytest.raises(NotImplementedError):
        assert seam.DockerModel().docker_client, moved("DockerModel.docker_client")


def test_TokenProviderChain_and_auth_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "canary")
    session = botocore.session.Session()
    assert session.get_auth_token(signing_name="bedrock") is None, moved("TokenProviderChain")
    signer = session.create_client("codecatalyst", "us-east-1")._request_signer
    assert "_auth_token" in vars(signer), moved("RequestSigner._auth_token")


def test_SigV2Auth(lab: Lab) -> None:
    assert parameters_of(seam.SigV2Auth.calc_signature) == ["self", "request", "params"]
    said = outcome(lab.root.client("sdb").list_domains)
    assert said == "NotSimulated", moved("SigV2Auth.calc_signature")


@pytest.mark.parametrize("name", seam._CHOOSERS_OF_TRANSFERS)
def test_HAS_CRT(name: str) -> None:
    assert importlib.import_module(name).HAS_CRT is False, moved(f"{name}.HAS_CRT")


def test_mock_random_seed() -> None:
    seam.mock_random.seed(5)
    first = seam.mock_random.random()
    seam.mock_random.seed(5)
    assert seam.mock_random.random() == first, moved("mock_random.seed")


# Reading and writing HTTP -------------------------------------------------------------------------


def made_request(**changes: object):
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.compat import HTTPHeaders

    headers = HTTPHeaders()
    headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
    return AWSPreparedRequest(
        **{
            "method": "POST",
            "url": "https://iam.amazonaws.com/",
            "headers": headers,
            "body": b"Action=CreateUser&Version=2010-05-08&UserName=ann&Tags.member.1.Key=a"
            b"&Tags.member.1.Value=b",
            "stream_output": False,
            **changes,
        }
    )


def test_normalize_request() -> None:
    request = seam.normalize_request(made_request())
    assert isinstance(request, seam.Request), moved("normalize_request")
    assert request.get_data(cache=True).startswith(b"Action="), moved("Request.get_data")
    for name in ("raw_url", "raw_path", "host", "values", "args", "form", "files", "environ"):
        assert hasattr(request, name), moved(f"Request.{name}")
    assert seam.normalize_request(request) is request, moved("normalize_request(Request)")


def test_request_from_primitives() -> None:
    made = seam.Request.from_primitives("GET", "https://iam.amazonaws.com/?a=1", {"X-B": "2"}, b"c")
    found = (made.method, made.host, made.args["a"], made.headers["X-B"], made.get_data())
    assert found == ("GET", "iam.amazonaws.com", "1", "2", b"c"), moved("Request.from_primitives")


def test_router_parser_and_protocol() -> None:
    request = seam.normalize_request(made_request())
    model = seam.get_service_model("iam")
    operation, uri = seam.get_service_router("iam").match(request)
    assert operation.name == "CreateUser", moved("get_service_router(...).match")
    protocol = seam.determine_request_protocol(model, request.content_type)
    assert protocol == "query", moved("determine_request_protocol")
    parsed = seam.PROTOCOL_PARSERS[protocol](operation, map_type=dict).parse(
        {
            "method": "POST",
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": "/",
            "url_params": uri,
        }
    )
    assert parsed == {"UserName": "ann", "Tags": [{"Key": "a", "Value": "b"}]}, moved(
        "PROTOCOL_PARSERS"
    )


def test_parsers_for_all_protocols() -> None:
    for protocol in ("query", "ec2", "json", "rest-json", "rest-xml"):
        assert protocol in seam.PROTOCOL_PARSERS, moved(f"PROTOCOL_PARSERS[{protocol!r}]")
    assert issubclass(seam.RequestParserError, Exception), moved("RequestParserError")


def test_router_says_NotFound() -> None:
    request = seam.normalize_request(made_request(body=b"Action=NoSuch&Version=2010-05-08"))
    with pytest.raises(seam.NotFound):
        seam.get_service_router("iam").match(request)


def test_upload_forms_are_routed_as_PostObject() -> None:
    operation = seam.get_service_router("s3")
    request = seam.Request.from_primitives(
        "POST",
        "https://payroll.s3.amazonaws.com/",
        {"Content-Type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--x--\r\n',
    )
    model, uri = operation.match(request)
    assert (model.name, uri) == ("PostObject", {"Bucket": "payroll"}), moved("PostObject")
    assert request.form["key"] == "k", moved("Request.form")


def test_serializer() -> None:
    model = seam.get_service_model("sts").operation_model("GetCallerIdentity")
    made = seam.get_serializer_class("sts", "query")(
        operation_model=model, value_picker=seam.XFormedAttributePicker()
    )
    answer = made.serialize({"Arn": "a", "Account": "b"})
    assert set(answer) >= {"status_code", "headers", "body"}, moved("serialize()")
    assert "<Arn>a</Arn>" in answer["body"], moved("the serializer's body")


def test_serializer_of_errors() -> None:
    from moto.iam.exceptions import NotFoundException

    error = NotFoundException("no such thing")
    assert isinstance(error, seam.ServiceException), moved("ServiceException")
    model = seam.get_service_model("iam").operation_model("GetUser")
    answer = seam.get_serializer_class("iam", "query")(
        operation_model=model, value_picker=seam.XFormedAttributePicker()
    ).serialize(error)
    assert answer["status_code"] == 404, moved("how errors are serialized")
    assert "NoSuchEntity" in answer["body"], moved("how errors are serialized")


@pytest.mark.parametrize(
    ("service", "url", "handler"),
    [
        ("iam", "https://iam.amazonaws.com/", "dispatch"),
        ("sts", "https://sts.eu-west-1.amazonaws.com/", "dispatch"),
        ("s3", "https://vault.s3.amazonaws.com/2026.csv", "ambiguous_dispatch"),
        ("ec2", "https://ec2.us-east-1.amazonaws.com/", "dispatch"),
    ],
)
def test_urls_and_their_functions(service: str, url: str, handler: str) -> None:
    """get_backend, backend_url_patterns and the URLs that the classes of stores know."""
    services = [name for name, pattern in seam.backend_url_patterns if pattern.match(url)]
    assert services[:1] == [service], moved("backend_url_patterns")
    names = [
        function.__name__
        for pattern, function in seam.urls_of(service).items()
        if re.match(pattern, url)
    ]
    assert handler in names[:1], moved("get_backend(…).backend.urls")


def test_HTTPException() -> None:
    for name in ("code", "get_headers", "get_body"):
        assert hasattr(seam.HTTPException, name), moved(f"HTTPException.{name}")


def test_the_header_of_the_account() -> None:
    import moto.core.responses

    source = inspect.getsource(moto.core.responses)
    assert "x-moto-account-id" in source.lower(), moved("x-moto-account-id")
    assert seam.ACCOUNT_ENVIRON == "HTTP_X_MOTO_ACCOUNT_ID"
    done = child(
        """
        import boto3
        from moto.core.models import DEFAULT_ACCOUNT_ID
        from helpers import Lab
        from helpers.lab import seam
        Lab.start(account_id="444455556666").root.client("iam").create_role(
            RoleName="r", AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": '
            '{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}')
        print(len(seam.iam_backend("444455556666").roles), len(
            seam.iam_backend(DEFAULT_ACCOUNT_ID).roles))
        """
    )
    assert done.stdout.split() == ["1", "0"], moved("x-moto-account-id")


# botocore -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "name", "expected"),
    [
        (botocore.httpsession.URLLib3Session, "send", ["session", "request"]),
        (botocore.credentials.CredentialResolver, "load_credentials", ["resolver"]),
        (botocore.configprovider.ConfiguredEndpointProvider, "provide", ["provider"]),
    ],
)
def test_the_guard_stands_on_these_methods(owner: type, name: str, expected: list[str]) -> None:
    """The guard's functions are in their places; botocore's had the same parameters."""
    assert parameters_of(getattr(owner, name)) == expected, moved(f"{owner.__name__}.{name}")
    assert getattr(owner, name).__module__ == "helpers.lab.guard"
    source = inspect.getsource(owner)
    assert re.search(rf"def {name}\(self[,)]", source), moved(f"{owner.__name__}.{name}")


def test_RequestSigner() -> None:
    signer = botocore.signers.RequestSigner
    source = inspect.getsource(signer)
    assert "request_credentials=None" in source, moved("get_auth_instance(request_credentials)")
    assert "self._credentials = credentials" in source, moved("RequestSigner._credentials")
    for name in ("def sign(", "def get_auth_instance(", "def generate_presigned_url("):
        assert name in source, moved(f"RequestSigner: {name}")
    assert "get_auth_instance(" in source.split("def sign(")[1], moved("RequestSigner.sign's way")


def test_EndpointResolver() -> None:
    """Host names by botocore's table of endpoints, for requests to the served address."""
    resolver = seam.EndpointResolver(botocore.loaders.create_loader().load_data("endpoints"))
    found = {
        name: resolver.construct_endpoint(*name)["hostname"]
        for name in (("iam", "eu-west-1"), ("s3", "eu-west-1"), ("ec2", "cn-north-1"))
    }
    assert list(found.values()) == [
        "iam.amazonaws.com",
        "s3.eu-west-1.amazonaws.com",
        "ec2.cn-north-1.amazonaws.com.cn",
    ], moved("botocore.regions.EndpointResolver.construct_endpoint")
    assert resolver.construct_endpoint("ec2", "nowhere") is None


def test_S3PostPresigner() -> None:
    source = inspect.getsource(seam.S3PostPresigner)
    assert "def generate_presigned_post(" in source, moved("S3PostPresigner")


def test_HierarchicalEmitter_is_copied_with_its_handlers() -> None:
    first = seam.HierarchicalEmitter()
    first.register("before-send", lambda **_: "first")
    second = copy.copy(first)
    second.register("before-send", lambda **_: "second")
    found = [[answer for _, answer in each.emit("before-send")] for each in (first, second)]
    assert found == [["first"], ["first", "second"]], moved("HierarchicalEmitter")


def test_ClientCreator_builds_once_for_a_shared_loader(lab: Lab) -> None:
    import boto3
    import botocore.loaders
    import botocore.session

    apart = botocore.session.Session()
    apart.register_component("data_loader", botocore.loaders.create_loader())
    sessions = [lab.root.session, boto3, boto3.Session(botocore_session=apart)]
    clients = [session.client("sts") for session in sessions]
    models = [client.meta.service_model for client in clients]
    methods = [type(client).get_caller_identity for client in clients]
    names = [client.meta.method_to_api_mapping for client in clients]
    assert names[0]["get_caller_identity"] == "GetCallerIdentity"
    for of_lab, plain, with_a_loader_of_its_own in (models, methods, names):
        assert of_lab is plain, moved("ClientCreator")
        assert with_a_loader_of_its_own is not plain
    assert "Account" in inspect.getdoc(methods[0])


def test_clients_share_the_rules_of_endpoints(lab: Lab) -> None:
    import boto3
    import botocore.session

    apart = botocore.session.Session()
    apart.register_component("data_loader", botocore.loaders.create_loader())
    sessions = [lab.root.session, boto3, boto3.Session(botocore_session=apart)]
    one, other, with_a_loader_of_its_own = (
        session.client("s3", region_name="eu-west-1")._ruleset_resolver._provider
        for session in sessions
    )
    assert one is other, moved("EndpointRulesetResolver's EndpointProvider")
    assert with_a_loader_of_its_own is not one
    assert lab.root.client("iam")._ruleset_resolver._provider is not one


def test_EventAliaser_shares_what_it_found_of_the_usual_names_only() -> None:
    emitter = seam.HierarchicalEmitter()
    emitter.register("one.s3", lambda **_: "heard")
    usual, again = seam.EventAliaser(emitter), seam.EventAliaser(emitter)
    assert seam.EVENT_ALIASES["ce"] == "cost-explorer", moved("EVENT_ALIASES")
    assert usual.emit("one.s3")[0][1] == "heard"
    assert again._alias_name_cache is usual._alias_name_cache, moved("_alias_name_cache")
    assert copy.copy(usual)._alias_name_cache is usual._alias_name_cache
    assert usual._alias_name_cache["one.s3"] == "one.s3"
    special = seam.EventAliaser(emitter, {"other": "one"})
    assert special.emit("other.s3")[0][1] == "heard"
    assert "other.s3" not in usual._alias_name_cache


def test_PrefixTrie_and_its_NodeList_are_copied_branch_by_branch() -> None:
    """As botocore's own copy does it, whose places are these and no others."""
    trie = seam._PrefixTrie()
    assert vars(trie) == {"_root": {"chunk": None, "children": {}, "values": None}}, moved("trie")
    for section in range(3):
        trie.append_item("one.*.three", f"handler {section}", section=section)
    trie.append_item("one", "first")
    assert [type(each) for each in find(trie._root, "values")] == [seam.NodeList] * 2
    second = copy.copy(trie)
    own = trie._recursive_copy(vars(trie))
    assert vars(second) == vars(trie) == own, moved("_PrefixTrie")
    for section in range(3):
        second.append_item("one.*.three", "new", section=section)
    second.append_item("one.*.four", "new")
    second.remove_item("one", "first")
    assert vars(trie) == own
    assert list(second.prefix_search("one.two.four")) == ["new"]


def find(node: dict, name: str) -> list:
    """All that a branch and those below it have under a name, what is ``None`` left out."""
    below = [found for child in node["children"].values() for found in find(child, name)]
    return ([] if node[name] is None else [node[name]]) + below


def test_clients_share_a_TLS_context(lab: Lab) -> None:
    """What ``create_urllib3_context`` makes; nothing can be sent with it."""
    made = [
        lab.root.client(name)._endpoint.http_session._get_ssl_context() for name in ("iam", "s3")
    ]
    assert made[0] is made[1], moved("URLLib3Session._get_ssl_context")
    assert "self._get_ssl_context()" in inspect.getsource(seam.URLLib3Session)
    assert isinstance(made[0], type(seam.create_urllib3_context()))


def test_moto_makes_one_loader() -> None:
    import moto.core.utils

    one, other = moto.core.utils.create_loader(), moto.core.utils.create_loader()
    assert one is other, moved("create_loader")
    assert "create_loader()" in inspect.getsource(moto.core.utils._load_service_model)


def test_models_are_read_into_plain_dicts(lab: Lab) -> None:
    import moto.core.utils

    for loader in (moto.core.utils.create_loader(), botocore.session.create_loader(None)):
        assert type(loader.load_service_model("sts", "service-2")) is dict, moved("file_loader")
        assert type(loader.load_data("endpoints")["partitions"][0]) is dict, moved("file_loader")


@pytest.mark.parametrize("name", ["sts/2011-06-15/service-2", "endpoints", "sts/service-2"])
def test_plain_files_hold_what_botocore_reads(name: str) -> None:
    path = str(Path(botocore.__file__).parent / "data" / name)
    ours, theirs = PlainFiles().load_file(path), JSONFileLoader().load_file(path)
    assert json.dumps(ours) == json.dumps(theirs)  # the order too


def test_credentials_say_how_they_were_got() -> None:
    import boto3

    made = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b").get_credentials()
    assert made.method == "explicit", moved("Credentials.method")


@pytest.mark.parametrize("name", ["SigV4Auth", "S3SigV4Auth", "SigV4QueryAuth", "S3SigV4QueryAuth"])
def test_version_4_signers(name: str) -> None:
    signer = getattr(seam, name)
    for method, expected in (
        ("canonical_request", ["self", "request"]),
        ("string_to_sign", ["self", "request", "canonical_request"]),
        ("signature", ["self", "string_to_sign", "request"]),
    ):
        assert parameters_of(getattr(signer, method)) == expected, moved(f"{name}.{method}")
    source = inspect.getsource(botocore.auth.SigV4Auth)
    assert "context['timestamp']" in source or 'context["timestamp"]' in source, moved(
        "SigV4Auth's context['timestamp']"
    )


def test_HmacV1QueryAuth() -> None:
    auth = seam.HmacV1QueryAuth
    for method in ("_get_date", "canonical_string", "sign_string"):
        assert hasattr(auth, method), moved(f"HmacV1QueryAuth.{method}")
    assert "_expires" in inspect.getsource(auth), moved("HmacV1QueryAuth._expires")
    assert "auth_path" in parameters_of(auth.canonical_string), moved("canonical_string(auth_path)")


# Stored objects -----------------------------------------------------------------------------------


def test_iam_backends_and_users(lab: Lab) -> None:
    ann = new_user(lab, "ann", allow("s3:*"))
    iam = lab.root.client("iam")
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="ann")
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=allow("ec2:*"))
    store = seam.iam_backends[lab.account.id]["aws"]
    user, group = store.users["ann"], store.groups["g"]
    names = "name arn id path password policies managed_policies mfa_devices access_keys account_id"
    for name in names.split():
        assert hasattr(user, name), moved(f"moto's User.{name}")
    assert isinstance(user.policies, dict), moved("User.policies")
    assert isinstance(user.policies["inline-0"], str), moved("User.policies")
    assert isinstance(user.managed_policies, dict), moved("User.managed_policies")
    assert list(group.policies) == ["p"], moved("Group.policies")
    assert group.users == [user], moved("Group.users")
    key = store.access_keys[ann.access_key_id]
    assert user.access_keys == [key], moved("User.access_keys holds the same objects")
    found = (key.user_name, key.status, key.secret_access_key)
    assert found == ("ann", "Active", ann.secret_access_key), moved("AccessKey")


def test_password_of_a_user(house: Lab) -> None:
    from helpers.lab.scenarios import PASSWORDS

    user = seam.iam_backend(house.account.id).users["admin"]
    assert user.password == PASSWORDS["admin"], moved("User.password")


def test_roles(lab: Lab) -> None:
    lab.root.client("iam").create_role(
        RoleName="r",
        AssumeRolePolicyDocument=trust({"AWS": "*"}),
        PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess",
        Tags=[{"Key": "a", "Value": "b"}],
    )
    store = seam.iam_backend(lab.account.id)
    (role_id,) = store.roles
    role = store.roles[role_id]
    assert role.id == role_id, moved("roles are kept by their id")
    assert '"Statement"' in role.assume_role_policy_document, moved(
        "Role.assume_role_policy_document"
    )
    assert role.permissions_boundary_arn.endswith("/AdministratorAccess"), moved(
        "Role.permissions_boundary_arn"
    )
    assert int(role.max_session_duration or 3600) == 3600, moved("Role.max_session_duration")
    assert seam.tags_of(role) == {"a": "b"}, moved("Role.tags")
    assert role.account_id == lab.account.id, moved("Role.account_id")


def test_tags_of_a_user(lab: Lab) -> None:
    iam = lab.root.client("iam")
    iam.create_user(UserName="ann", Tags=[{"Key": "a", "Value": "b"}])
    iam.tag_user(UserName="ann", Tags=[{"Key": "c", "Value": "d"}])
    user = seam.iam_backend(lab.account.id).users["ann"]
    assert seam.tags_of(user) == {"a": "b", "c": "d"}, moved("User.tags")


def test_boundary_is_written_out_from_the_user(lab: Lab) -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    iam = lab.root.client("iam")
    iam.create_user(UserName="ann", PermissionsBoundary=arn)
    found = iam.get_user(UserName="ann")["User"].get("PermissionsBoundary", {})
    assert found.get("PermissionsBoundaryArn") == arn, moved("User.permissions_boundary")


def test_virtual_mfa_devices(lab: Lab) -> None:
    iam = lab.root.client("iam")
    iam.create_user(UserName="ann")
    phone = new_phone(lab, iam)
    store = seam.iam_backend(lab.account.id)
    device = store.virtual_mfa_devices[phone.serial]
    names = "serial_number base32_string_seed qr_code_png enable_date user user_attribute"
    for name in names.split():
        assert hasattr(device, name), moved(f"VirtualMfaDevice.{name}")
    assert device.base32_string_seed == phone.totp.secret, moved("base32_string_seed")
    user = store.users["ann"]
    for name in ("enable_mfa_device", "deactivate_mfa_device"):
        assert hasattr(user, name), moved(f"User.{name}")


def test_managed_policies_and_their_versions(lab: Lab) -> None:
    arn = lab.root.client("iam").create_policy(PolicyName="p", PolicyDocument=allow("s3:*"))
    policy = seam.iam_backend(lab.account.id).managed_policies[arn["Policy"]["Arn"]]
    assert policy.default_version_id == "v1", moved("Policy.default_version_id")
    assert policy.versions[0].version_id == "v1", moved("Policy.versions[].version_id")
    assert isinstance(policy.versions[0].document, str), moved("Policy.versions[].document")


def test_the_text_of_AWSManagedPolicy() -> None:
    """The lab finds one policy in moto's text of all without reading the rest."""
    text = seam.aws_managed_policies()
    assert text.startswith('\n{\n "'), moved("the form of aws_managed_policies_data")
    assert text.count('\n "AdministratorAccess":') == 1, moved("aws_managed_policies_data")
    policy = seam.managed_policy("AdministratorAccess", "111122223333")
    assert isinstance(policy, seam.AWSManagedPolicy), moved("AWSManagedPolicy")
    assert policy.arn == "arn:aws:iam::aws:policy/AdministratorAccess", moved("AWSManagedPolicy")
    assert '"*"' in seam.default_document(policy), moved("AWSManagedPolicy's versions")
    assert seam.managed_policy("NoSuchPolicy", "111122223333") is None
    assert parameters_of(seam.AWSManagedPolicy.from_data) == [
        "name",
        "account_id",
        "region_name",
        "data",
    ], moved("AWSManagedPolicy.from_data")


def test_what_the_lab_changes_in_stored_users_groups_roles_and_policies(lab: Lab) -> None:
    iam = lab.root.client("iam")
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="g")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": "*"}))
    iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"))
    store = seam.iam_backend(lab.account.id)
    (policy,) = store.managed_policies.values()
    for kind, thing, names in (
        ("User", store.users["ann"], "create_date password_last_used signing_certificates"),
        ("User", store.users["ann"], "ssh_public_keys account_id"),
        ("Group", store.groups["g"], "create_date path managed_policies policies users"),
        ("Role", *store.roles.values(), "create_date path description last_used last_used_region"),
        ("Policy", policy, "create_date update_date description tags next_version_num"),
        ("Policy", policy, "attach_to detach_from update_default_version"),
        ("IAMBackend", store, "instance_profiles certificates saml_providers open_id_providers"),
        ("IAMBackend", store, "account_aliases account_password_policy tagger access_keys"),
    ):
        for name in names.split():
            assert hasattr(thing, name), moved(f"moto's {kind}.{name}")
    for name in ("tag_resource", "delete_all_tags_for_resource"):
        assert hasattr(store.tagger, name), moved(f"TaggingService.{name}")


def test_the_password_policy(lab: Lab) -> None:
    lab.root.client("iam").update_account_password_policy(
        MinimumPasswordLength=14,
        MaxPasswordAge=90,
        PasswordReusePrevention=5,
        HardExpiry=True,
        AllowUsersToChangePassword=True,
        RequireSymbols=True,
    )
    policy = seam.iam_backend(lab.account.id).account_password_policy
    found = (policy.minimum_password_length, policy.max_password_age)
    assert found == (14, 90), moved("AccountPasswordPolicy")
    assert policy.password_reuse_prevention == 5, moved("AccountPasswordPolicy")
    switches = (policy.hard_expiry, policy.allow_users_to_change_password)
    assert switches == (True, True), moved("AccountPasswordPolicy")
    required = [getattr(policy, f"require_{name}") for name in ("symbols", "numbers")]
    assert required == [True, False], moved("AccountPasswordPolicy.require_symbols")


def test_s3_backends_and_buckets(house: Lab) -> None:
    assert seam.s3_backends.bucket_accounts["payroll"] == ("aws", house.account.id), moved(
        "s3_backends.bucket_accounts"
    )
    stored = seam.s3_backends[house.account.id]["aws"].buckets["payroll"]
    assert stored.policy is None, moved("FakeBucket.policy")
    document = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", '
        '"Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::payroll"}}'
    )
    house.root.client("s3").put_bucket_policy(Bucket="payroll", Policy=document)
    assert stored.policy.decode() == document, moved("FakeBucket.policy, bytes")


@pytest.mark.parametrize(("addressed", "method"), s3_subresources.KNOWN)
def test_the_subresources_of_S3_that_moto_looks_for(addressed: str, method: str) -> None:
    import moto.s3.responses

    function = {"bucket": "_bucket_response", "object": "_key_response"}[addressed]
    function = getattr(moto.s3.responses.S3Response, f"{function}_{method.lower()}")
    source = inspect.getsource(function)
    if (addressed, method) == ("bucket", "POST"):
        source = inspect.getsource(moto.s3.responses.S3Response.is_delete_keys)
    found = set(re.findall(r"""["']([\w-]+)["'] in (?:query|qs\b)""", source))
    found |= set(re.findall(r"""querystring\.get\(["'](list-type)["']""", source))
    names = found - {"id", "success_action_redirect", "success_action_status"}  # no subresources
    assert names == s3_subresources.KNOWN[addressed, method], moved(
        f"S3Response.{function.__name__}"
    )


def test_FakeBucket_get_permission_is_where_moto_judges_again() -> None:
    import moto.s3.models
    import moto.s3.responses

    assert moto.s3.models.FakeBucket is seam.FakeBucket
    assert "bucket.get_permission(" in inspect.getsource(moto.s3.responses), moved(
        "FakeBucket.get_permission"
    )
    found = seam.FakeBucket.get_permission(None, "s3:GetObject", "*")
    assert found is seam.PermissionResult.PERMITTED, moved("PermissionResult.PERMITTED")


def test_VALID_RESOURCE_PATH_STARTING_VALUES(lab: Lab) -> None:
    assert "user/" in seam.VALID_RESOURCE_PATH_STARTING_VALUES["iam"]["values"], moved(
        "VALID_RESOURCE_PATH_STARTING_VALUES"
    )
    root = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", '
        '"Action": "sts:AssumeRoot", "Resource": "arn:aws:iam::444455556666:root"}}'
    )
    made = lab.root.client("iam").create_policy(PolicyName="p", PolicyDocument=root)
    assert made["Policy"]["PolicyName"] == "p", moved("moto's check of policy documents")


def test_making_a_role_in_the_store_of_another_account() -> None:
    store = seam.iam_backend("444455556666")
    assert {
        "role_name",
        "assume_role_policy_document",
        "path",
        "permissions_boundary",
        "description",
        "tags",
        "max_session_duration",
    } <= set(parameters_of(store.create_role)), moved("IAMBackend.create_role")
    assert parameters_of(store.attach_role_policy) == ["policy_arn", "role_name"], moved(
        "IAMBackend.attach_role_policy"
    )


def test_OWNER_in_lists(house: Lab) -> None:
    s3 = house.root.client("s3")
    mine = s3.list_buckets()["Owner"]
    listed = s3.list_objects_v2(Bucket="payroll", FetchOwner=True)["Contents"]
    assert [entry["Owner"] for entry in listed] == [mine, mine], moved("OWNER")
    assert s3.list_objects(Bucket="payroll")["Contents"][0]["Owner"] == mine, moved("OWNER")
    versions = s3.list_object_versions(Bucket="payroll")["Versions"]
    assert versions[0]["Owner"] == mine, moved("OWNER")


def test_the_lists_and_switches_of_a_bucket(house: Lab) -> None:
    """FakeAcl, FakeGrant, FakeGrantee, FakeDeleteMarker and PublicAccessBlock."""
    bucket = seam.s3_bucket("payroll")
    assert bucket.ownership_rule == "BucketOwnerEnforced", moved("FakeBucket.ownership_rule")
    (grant,) = bucket.acl.grants
    assert grant.permissions == ["FULL_CONTROL"], moved("FakeGrant.permissions")
    assert len(grant.grantees[0].id) == 64, moved("FakeGrantee.id")
    assert grant.grantees[0].uri == "", moved("FakeGrantee.uri")
    assert isinstance(bucket.acl, seam.FakeAcl), moved("FakeAcl")
    block = house.root.client("s3").get_public_access_block(Bucket="payroll")
    assert set(block["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket.public_access_block.restrict_public_buckets, moved("PublicAccessBlock")
    assert seam.s3_account_block(house.account.id) is None, moved("s3control_backends")
    s3 = house.root.client("s3")
    s3.put_bucket_versioning(
        Bucket="payroll", VersioningConfiguration={"Status": "Enabled"}
    )  # fmt: skip
    s3.delete_object(Bucket="payroll", Key="2026.csv")
    first, marker = seam.s3_versions(bucket, "2026.csv")
    assert seam.is_s3_delete_marker(marker), moved("FakeDeleteMarker")
    assert (first.version_id, first.acl.grants) != ("", []), moved("FakeKey.version_id, .acl")
    assert seam.s3_version(bucket, "2026.csv") is None
    with seam.s3_set_aside(bucket, "2026.csv"):
        assert seam.s3_versions(bucket, "2026.csv") == [], moved("_VersionedKeyStore")
    assert seam.s3_versions(bucket, "2026.csv") == [first, marker], moved("_VersionedKeyStore")


def test_create_parser_reads_answers() -> None:
    model = seam.get_service_model("iam").operation_model("GetUser")
    body = "<GetUserResponse><GetUserResult><User><UserName>ann</UserName></User></GetUserResult>"
    found = seam.parse_answer(model, 200, {}, f"{body}</GetUserResponse>")
    assert found == {"User": {"UserName": "ann"}}, moved("botocore.parsers.create_parser")
    assert seam.create_parser("query") is not None
    assert seam.HeadersDict({"X-Amz-Id": "1"})["x-amz-id"] == "1", moved("HeadersDict")


def test_ResponseParserError_for_what_cannot_be_read() -> None:
    model = seam.get_service_model("iam").operation_model("GetUser")
    assert seam.parse_answer(model, 200, {}, "<no") == {}, moved("ResponseParserError")
    assert issubclass(seam.ResponseParserError, Exception)


# EC2 ----------------------------------------------------------------------------------------------


def test_what_is_lazy_and_what_is_replaced_in_ec2() -> None:
    """moto_utilities.load_resource is what reads the offerings."""
    done = child(
        """
        import inspect
        from helpers.lab import seam
        models = seam.ec2()
        from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS as offerings
        regions = offerings["region"]
        print(len(offerings), sum(map(len, regions.values())), len(regions["us-east-1"]) > 100,
              regions["us-east-1"][0]["LocationType"], regions.get("nowhere", "none"))
        for name in ("create_default_vpc", "create_default_subnet", "_load_amis",
                     "allocate_address",
                     "modify_instance_security_groups", "modify_network_interface_attribute"):
            print(*inspect.signature(getattr(models.EC2Backend, name)).parameters)
        from moto.ec2.models.instance_types import INSTANCE_TYPES
        from moto.ec2.models.instances import Instance
        assert INSTANCE_TYPES["t3.micro"]["VCpuInfo"]["DefaultVCpus"] == 2
        assert seam.ec2_instance() is Instance
        print(*list(inspect.signature(seam.ec2_instance().prep_nics).parameters)[:2])
        from moto.ec2.models.elastic_network_interfaces import NetworkInterface
        assert seam.ec2_interface() is NetworkInterface
        assert isinstance(NetworkInterface.group_set, property)
        assert "_group_set" in inspect.getsource(NetworkInterface.group_set.fget)
        from moto.ec2 import utils
        utils.random_resource_id = lambda size=8: "0" * size
        print(utils.random_instance_id(), utils.random_volume_id())
        """
    )
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["3", "0", "True", "region", "none"], moved("the offerings")
    methods = [
        "self",
        "self availability_zone",
        "self",
        "self domain address tags",
        "self instance_id new_group_id_list",
        "self eni_id group_ids source_dest_check description",
        "self nic_spec",
    ]
    assert lines[1:8] == methods, moved("methods in whose place the lab puts its own")
    assert lines[8:] == [f"i-{'0' * 17} vol-{'0' * 17}"], moved("moto.ec2.utils.random_resource_id")


def test_ec2_stores(lab: Lab) -> None:
    ec2 = lab.root.client("ec2")
    ec2.describe_vpcs()
    store = ec2_store.store(lab.account.id, "us-east-1")
    for name in ec2_store._KEPT_BY_ID.values():
        assert isinstance(getattr(store, name), dict), moved(f"EC2Backend.{name}")
    assert isinstance(store.addresses, list), moved("EC2Backend.addresses")
    assert store.get_default_vpc() is store.default_vpc, moved("EC2Backend.default_vpc")
    (group,) = ec2_store.groups(store)
    assert group.is_default, moved("SecurityGroup.is_default")
    assert group.ingress_rules[0].source_group["GroupId"] == group.id, moved("SecurityGroupRule")
    table = next(iter(store.route_tables.values()))
    assert table.main_association_id, moved("RouteTable.main_association_id")
    assert table._associations == {}, moved("RouteTable._associations")
    acl = next(iter(store.network_acls.values()))
    assert acl._associations, moved("NetworkAcl._associations")
    found = seam.query_form({"VpcIds": ["vpc-1"]}, seam.get_service_model("ec2").operation_model(
        "DescribeVpcs"))  # fmt: skip
    assert found["VpcId.1"] == "vpc-1", moved("EC2Serializer")


def test_trails_of_cloudtrail(lab: Lab) -> None:
    from moto.cloudtrail.models import cloudtrail_backends

    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="logs")
    store = cloudtrail_backends["111122223333"]["us-east-1"]
    given = ("audit", "logs", None, None, True, True, False, False, None, None, None, [])
    made = store.create_trail(*given)
    assert seam.trails("111122223333") == [made], moved("moto.cloudtrail.models")
    wanted = ("arn", "trail_name", "bucket_name", "s3_key_prefix", "region_name", "account_id")
    wanted += ("is_multi_region", "include_global_service_events")
    wanted += ("event_selectors", "advanced_event_selectors")
    assert [n for n in wanted if not hasattr(made, n)] == [], moved("moto.cloudtrail.models.Trail")
    made.start_logging()
    made.stop_logging()
    seam.forget_trail(made)
    assert seam.trails("111122223333") == [], moved("moto.cloudtrail.models")


def test_put_object_of_motos_s3(lab: Lab) -> None:
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="logs")
    seam.put_log_file("111122223333", "logs", "a.json.gz", b"packed")
    found = s3.get_object(Bucket="logs", Key="a.json.gz")
    assert found["Body"].read() == b"packed", moved("moto.s3.models.S3Backend.put_object")
    assert found["ContentEncoding"] == "gzip", moved("FakeKey.set_metadata")
