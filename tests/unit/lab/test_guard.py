"""Every way out of this machine is closed. Nearly all in processes of their own, as a kernel is.

Each child plants canaries (made-up keys that look real) and watches through audit hooks of its
own which files are opened and which addresses are connected to: what the guard says is not
enough, nothing must happen either.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_calls import child

from helpers.lab.sockets import is_local
from helpers.lab.surroundings import ENVIRONMENT

CANARY = "AKIACANARYCANARYCANA"
SECRET = "canary/secret/canary/secret/canary/secret"

# What every child begins with: watch files and sockets, collect what reaches the gate.
WATCH = """
import json, os, socket, sys
opened, reached, spawned = [], [], []
def watch(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)):
        opened.append(os.fsdecode(args[0]))
    elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        spawned.append(str(args))
    elif event == "socket.connect" and args[0].family in (socket.AF_INET, socket.AF_INET6):
        reached.append(args[1])
def real_files():
    home = os.path.expanduser("~")
    return [f for f in opened if f.startswith(os.path.join(home, "."))]
def refusal(call):
    try:
        call()
    except BaseException as error:
        text = f"{type(error).__name__}: {error}"
        while error.__cause__ or error.__context__:
            error = error.__cause__ or error.__context__
            text += f" <- {type(error).__name__}: {error}"
        return text
    return "NOT REFUSED"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory full of canaries: profiles, a credential process, an SSO cache."""
    aws = tmp_path / ".aws"
    (aws / "sso" / "cache").mkdir(parents=True)
    marker = tmp_path / "process-ran"
    (aws / "credentials").write_text(
        f"[default]\naws_access_key_id = {CANARY}\naws_secret_access_key = {SECRET}\n"
        f"[work]\naws_access_key_id = {CANARY}\naws_secret_access_key = {SECRET}\n"
    )
    (aws / "config").write_text(
        "[default]\nregion = eu-west-1\n"
        f"[profile process]\ncredential_process = touch {marker}\n"
        "[profile sso]\nsso_session = s\nsso_account_id = 999988887777\nsso_role_name = r\n"
        "[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x.awsapps.com/start\n"
        f"[profile chained]\nrole_arn = arn:aws:iam::999988887777:role/x\nsource_profile = work\n"
        "[profile odd]\nendpoint_url = https://minio.example.org\n"
    )
    for name in ("a" * 40, "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"):
        (aws / "sso" / "cache" / f"{name}.json").write_text(
            f'{{"accessToken": "{SECRET}", "expiresAt": "2099-01-01T00:00:00Z"}}'
        )
    (tmp_path / ".boto").write_text(
        f"[Credentials]\naws_access_key_id = {CANARY}\naws_secret_access_key = {SECRET}\n"
    )
    return tmp_path


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and what it received."""
    received: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(0.2)
                try:
                    received.append(connection.recv(4096))
                except TimeoutError:
                    received.append(b"")

    thread = threading.Thread(target=serve)
    thread.start()
    yield server.getsockname()[1], received
    stop.set()
    thread.join()
    server.close()


def run(code: str, home: Path, **env: str) -> list[str]:
    return child(WATCH + code, home=home, env=env).stdout.splitlines()


EVERYWHERE = {
    "AWS_ACCESS_KEY_ID": CANARY,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_SESSION_TOKEN": SECRET,
    "AWS_PROFILE": "work",
    "AWS_BEARER_TOKEN_BEDROCK": SECRET,
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/keys",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": SECRET,
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token",
    "AWS_ROLE_ARN": "arn:aws:iam::999988887777:role/x",
}


def test_no_real_key_is_read_wherever_it_lies(home: Path) -> None:
    """Neither file opened, nor process run, nor canary in any request that reaches the gate."""
    found = run(
        """
sys.addaudithook(watch)
import boto3, botocore.session
from botocore.exceptions import ClientError, BotoCoreError
from helpers import Lab
from helpers.lab import guard
lab = Lab.start()
gate, seen = guard.running.gate, []
def gated(request):
    seen.append(f"{request.method} {request.url} {dict(request.headers)} {request.body}")
    return gate(request)
guard.running.gate = gated
def calls(session, **options):
    for service, method in (("sts", "get_caller_identity"), ("s3", "list_buckets"),
                            ("bedrock", "list_foundation_models")):
        try:
            getattr(session.client(service, "us-east-1", **options), method)()
        except ClientError as error:
            assert error.response["Error"]["Code"] == "NotSimulated", error
calls(boto3)
calls(boto3.Session())
frozen = boto3.Session().get_credentials().get_frozen_credentials()
print(frozen.access_key.startswith("ASIA"))
for profile in ("work", "process", "sso", "chained", "default"):
    print(profile, refusal(lambda: boto3.Session(profile_name=profile).client("sts")))
print(len(seen), [s for s in seen if "canary" in s.lower()])
print("files", real_files())
print("spawned", spawned)
print("marker", os.path.exists(os.path.expanduser("~/process-ran")))
print("environment", [k for k, v in os.environ.items() if "canary" in v.lower()])
""",
        home,
        **EVERYWHERE,
    )
    assert found[0] == "True"
    for line in found[1:6]:
        assert "ProfileNotFound" in line
    assert found[6] == "6 []"
    assert found[7:] == ["files []", "spawned []", "marker False", "environment []"]


def test_sessions_made_before_the_import_do_not_sign_with_their_keys(home: Path) -> None:
    """Even where the profile's keys had been read already: they sign nothing."""
    found = run(
        """
import boto3
sessions = {p: boto3.Session(profile_name=p, region_name="us-east-1")
            for p in ("work", "process", "chained", "sso")}
sessions["work"].get_credentials().get_frozen_credentials()  # read, before the guard stands
# A client of the profile "process" would run the process now, before the guard stands.
clients = {p: s.client("sts") for p, s in sessions.items() if p != "process"}
sys.addaudithook(watch)
del opened[:]
from helpers import Lab
clients["process"] = sessions["process"].client("sts")
for client in clients.values():
    print(refusal(client.get_caller_identity))
Lab.start()
for profile, client in clients.items():
    print(client.get_caller_identity()["Arn"])
    s3 = sessions[profile].client("s3")
    url = s3.generate_presigned_url("list_buckets")
    print(s3.list_buckets()["Buckets"], "canary" in url.lower())
Lab.stop()
for client in clients.values():
    print(refusal(client.get_caller_identity))
print(real_files(), spawned, os.path.exists(os.path.expanduser("~/process-ran")))
""",
        home,
    )
    assert len(found) == 17
    assert all(line.startswith("NoLab") for line in found[:4] + found[12:16])
    assert found[4:12] == ["arn:aws:iam::111122223333:root", "[] False"] * 4
    assert found[16] == "[] [] False"


def test_keys_and_settings_that_are_set_after_the_import(home: Path) -> None:
    found = run(
        f"""
from helpers import Lab
import boto3
lab = Lab.start()
os.environ.update(AWS_ACCESS_KEY_ID={CANARY!r}, AWS_SECRET_ACCESS_KEY={SECRET!r},
    AWS_ENDPOINT_URL="https://minio.example.org", HTTPS_PROXY="http://proxy.example.org:80",
    AWS_CONFIG_FILE=os.path.expanduser("~/.aws/config"), AWS_PROFILE="odd")
print(boto3.client("sts").get_caller_identity()["Arn"])
print(boto3.Session().client("s3").list_buckets()["Buckets"])
""",
        home,
    )
    assert found == ["arn:aws:iam::111122223333:root", "[]"]


HOSTS = """
from botocore.config import Config
import boto3
def outcomes():
    ways = {
        "plain": {},
        "dual-stack": {"config": Config(use_dualstack_endpoint=True)},
        "fips": {"config": Config(use_fips_endpoint=True)},
        "both": {"config": Config(use_fips_endpoint=True, use_dualstack_endpoint=True)},
        "api.aws": {"endpoint_url": "https://s3.us-east-1.api.aws"},
        "vpce": {"endpoint_url": "https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com"},
        "accelerate": {"config": Config(s3={"use_accelerate_endpoint": True})},
        "elsewhere": {"endpoint_url": "https://minio.example.org"},
        "lookalike": {"endpoint_url": "https://s3.amazonaws.com.example.org"},
        "prefix": {"endpoint_url": "https://notamazonaws.com"},
        "address": {"endpoint_url": "http://198.51.100.7:9000"},
        "loopback": {"endpoint_url": "http://127.0.0.1:9000"},
    }
    for name, options in ways.items():
        options.setdefault("region_name", "us-east-1")
        client = boto3.client("s3", **options)
        yield name, refusal(lambda: client.list_objects_v2(Bucket="payroll"))
    for service in ("lambda", "ec2", "iam"):
        for kind in ("dual", "fips"):
            config = Config(use_dualstack_endpoint=kind == "dual", use_fips_endpoint=kind == "fips")
            try:
                client = boto3.client(service, "us-east-1", config=config)
            except Exception:
                continue
            method = {"lambda": "list_functions", "ec2": "describe_vpcs"}.get(service, "list_users")
            yield f"{service} {kind}", refusal(getattr(client, method))
"""

# S3 has no endpoint under api.aws.
FOREIGN = {"api.aws", "elsewhere", "lookalike", "prefix", "address", "loopback"}
# A private endpoint, whose first label moto takes for the bucket; a service that nobody simulates.
NOT_THERE = {"vpce": "NoSuchBucket", "bedrock-runtime dual": "(NotSimulated)"}
NOT_THERE["bedrock-runtime fips"] = NOT_THERE["bedrock-runtime dual"]


def test_every_endpoint_ends_in_the_lab_or_is_refused(home: Path) -> None:
    found = run(
        HOSTS
        + """
from helpers import Lab
sys.addaudithook(watch)
Lab.start("house")
for name, text in outcomes():
    print(f"{name}|{text}")
Lab.stop()
for name, text in outcomes():
    print(f"{name}|{text}")
print(reached)
""",
        home,
        MOTO_S3_CUSTOM_ENDPOINTS="https://minio.example.org",
    )
    half = (len(found) - 1) // 2
    running, stopped = found[:half], found[half:-1]
    assert half > len(FOREIGN) + 10
    for line in running:
        name, _, text = line.partition("|")
        if name in FOREIGN:
            assert text.startswith("NothingLeaves: The call to "), line
        else:
            answered = ("NOT REFUSED", "NotSimulated", "NoSuchBucket")
            assert any(word in text for word in answered), line
    for line in stopped:
        assert "|NoLab: No account is running" in line
    assert found[-1] == "[]"


def test_passthrough_settings_of_moto_let_nothing_through(home: Path) -> None:
    found = run(
        """
sys.addaudithook(watch)
from helpers import Lab
import boto3
from moto.core.config import default_user_config
Lab.start()
default_user_config["core"]["passthrough"] = {"urls": [".*"], "services": ["s3", "sts"]}
for service, method in (("s3", "list_buckets"), ("sts", "get_session_token"), ("iam", "list_users"),
                        ("ec2", "describe_vpcs")):
    print(refusal(getattr(boto3.client(service), method)))
import requests
print(refusal(lambda: requests.get("https://sts.amazonaws.com/?Action=GetCallerIdentity")))
print(reached)
""",
        home,
    )
    assert found[-1] == "[]"
    # Answered here, or refused here: moto answers None where it would have let a call through.
    for line in found[:-1]:
        assert line == "NOT REFUSED" or "NotSimulated" in line or "was stopped" in line


def test_motos_modes_of_a_server_and_its_environment(home: Path) -> None:
    found = run(
        """
from helpers import Lab
import boto3
lab = Lab.start()
print(boto3.client("sts").get_caller_identity()["Account"])
print(boto3.client("iam").list_users()["Users"])
print(boto3.client("s3").list_buckets()["Buckets"])
print([name for name in os.environ if name.startswith(("MOTO_", "TEST_"))])
""",
        home,
        TEST_SERVER_MODE="true",
        TEST_SERVER_MODE_ENDPOINT="http://198.51.100.7:5000",
        TEST_PROXY_MODE="true",
        MOTO_CALL_RESET_API="false",
        MOTO_ACCOUNT_ID="999988887777",
        MOTO_ENABLE_RECORDING="true",
        INITIAL_NO_AUTH_ACTION_COUNT="0",
    )
    assert found == ["111122223333", "[]", "[]", "[]"]


def test_another_mock_inside_takes_nothing_away(home: Path) -> None:
    found = run(
        """
sys.addaudithook(watch)
from helpers import Lab
import boto3
from moto import mock_aws
lab = Lab.start()
boto3.client("iam").create_user(UserName="ann")
client = boto3.client("iam")
with mock_aws():
    print(refusal(client.list_users), refusal(boto3.client("s3").list_buckets))
print([u["UserName"] for u in client.list_users()["Users"]])
print(boto3.client("sts").get_caller_identity()["Arn"])
Lab.stop()
print(refusal(client.list_users))
with mock_aws():
    print(refusal(client.list_users))
print(reached)
""",
        home,
    )
    assert found[0] == "NOT REFUSED NOT REFUSED"
    assert found[1] == "['ann']"
    assert found[2].endswith(":root")
    assert "NoLab" in found[3]
    assert "NoLab" in found[4]
    assert found[5] == "[]"


def test_metadata_services_of_instances_and_containers(home: Path) -> None:
    found = run(
        """
sys.addaudithook(watch)
from helpers import Lab
Lab.start()
import botocore.utils, urllib.request, requests
fetcher = botocore.utils.InstanceMetadataFetcher(num_attempts=1, timeout=1)
print(refusal(lambda: 1 / bool(fetcher.retrieve_iam_role_credentials())))
containers = botocore.utils.ContainerMetadataFetcher()
print(refusal(lambda: containers.retrieve_full_uri("http://169.254.170.2/v2/credentials")))
for host in ("169.254.169.254", "[fd00:ec2::254]"):
    url = f"http://{host}/latest/meta-data/iam/security-credentials/"
    print(refusal(lambda: urllib.request.urlopen(url, timeout=1)))
    print(refusal(lambda: requests.get(url, timeout=1)))
print(reached)
""",
        home,
    )
    assert "ZeroDivisionError" in found[0], "no credentials"
    assert "MetadataRetrievalError" in found[1] or "was stopped" in found[1]
    for line in found[2:6]:
        assert "was stopped" in line
    # The outer hook hears of an attempt before the guard's refusal, but no more than that.
    assert found[6] == "[]" or "169.254.169.254" in found[6]


def test_a_proxy_on_this_machine_receives_nothing(
    home: Path, listener: tuple[int, list[bytes]]
) -> None:
    port, received = listener
    proxy = f"http://127.0.0.1:{port}"
    found = run(
        f"""
import boto3
from botocore.config import Config
old = boto3.client("s3", "us-east-1")
proxied = Config(proxies={{"https": {proxy!r}, "http": {proxy!r}}})
older = boto3.client("s3", "us-east-1", config=proxied)
from helpers import Lab
Lab.start()
import requests, urllib.request
for client in (old, older, boto3.client("s3", config=proxied)):
    print(refusal(client.list_buckets))
print(refusal(lambda: requests.get("https://example.org", timeout=2)))
print(refusal(lambda: urllib.request.urlopen("http://example.org", timeout=2)))
Lab.stop()
print(refusal(old.list_buckets))
print(refusal(lambda: requests.get("http://example.org", timeout=2)))
print([n for n in os.environ if n.lower().endswith("_proxy") and n.lower() != "no_proxy"])
""",
        home,
        HTTP_PROXY=proxy,
        HTTPS_PROXY=proxy,
        ALL_PROXY=proxy,
        http_proxy=proxy,
        https_proxy=proxy,
    )
    assert found[:3] == ["NOT REFUSED"] * 3
    assert all("was stopped" in line or "NoLab" in line for line in found[3:7]), found
    assert found[7] == "[]"
    assert received == []


SOCKETS = """
import asyncio, ssl, http.client, urllib.request, ftplib, smtplib
FAR, NAME = "198.51.100.7", "example.org"
def raw(kind, method, address, family=socket.AF_INET):
    with socket.socket(family, kind) as made:
        made.settimeout(2)
        getattr(made, method)(*address)
async def stream(host):
    await asyncio.wait_for(asyncio.open_connection(host, 80), 2)
async def datagram():
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=(FAR, 53))
async def low_level():
    with socket.socket() as made:
        made.setblocking(False)
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(made, (FAR, 80)), 2)
def with_httpx():
    import httpx
    httpx.get("https://example.org", timeout=2)
def with_urllib3():
    import urllib3
    urllib3.PoolManager().request("GET", "https://example.org", retries=False, timeout=2)
def with_requests():
    import requests
    requests.get("https://example.org", timeout=2)
WAYS = {
    "connect": lambda: raw(socket.SOCK_STREAM, "connect", [(FAR, 80)]),
    "connect_ex": lambda: raw(socket.SOCK_STREAM, "connect_ex", [(FAR, 80)]),
    "connect by name": lambda: raw(socket.SOCK_STREAM, "connect", [(NAME, 80)]),
    "connect 6": lambda: raw(socket.SOCK_STREAM, "connect", [("2001:db8::1", 80)], socket.AF_INET6),
    "udp connect": lambda: raw(socket.SOCK_DGRAM, "connect", [(FAR, 53)]),
    "sendto": lambda: raw(socket.SOCK_DGRAM, "sendto", [b"x", (FAR, 53)]),
    "sendto by name": lambda: raw(socket.SOCK_DGRAM, "sendto", [b"x", (NAME, 53)]),
    "sendmsg": lambda: raw(socket.SOCK_DGRAM, "sendmsg", [[b"x"], [], 0, (FAR, 53)]),
    "mapped": lambda: raw(socket.SOCK_STREAM, "connect", [("::ffff:198.51.100.7", 80)],
                          socket.AF_INET6),
    "getaddrinfo": lambda: socket.getaddrinfo(NAME, 80),
    "getaddrinfo bytes": lambda: socket.getaddrinfo(NAME.encode(), 80),
    "gethostbyname": lambda: socket.gethostbyname(NAME),
    "gethostbyname_ex": lambda: socket.gethostbyname_ex(NAME),
    "gethostbyaddr": lambda: socket.gethostbyaddr(FAR),
    "getnameinfo": lambda: socket.getnameinfo((FAR, 80), 0),
    "create_connection": lambda: socket.create_connection((FAR, 80), timeout=2),
    "asyncio": lambda: asyncio.run(stream(FAR)),
    "asyncio by name": lambda: asyncio.run(stream(NAME)),
    "asyncio datagram": lambda: asyncio.run(datagram()),
    "asyncio sock_connect": lambda: asyncio.run(low_level()),
    "http.client": lambda: http.client.HTTPConnection(FAR, timeout=2).request("GET", "/"),
    "urllib": lambda: urllib.request.urlopen("https://example.org", timeout=2),
    "ftp": lambda: ftplib.FTP("example.org", timeout=2),
    "smtp": lambda: smtplib.SMTP("example.org", timeout=2),
    "httpx": with_httpx,
    "urllib3": with_urllib3,
    "requests": with_requests,
}
"""


def test_sockets_and_everything_built_on_them(home: Path) -> None:
    """Before, in and after a lab: the guard stands from the import on, for good."""
    found = run(
        SOCKETS
        + """
import helpers.lab
from helpers import Lab
for step in (lambda: None, Lab.start, Lab.stop):
    step()
    for name, way in WAYS.items():
        print(f"{name}|{refusal(way)}")
print(refusal(lambda: asyncio.run(asyncio.sleep(0))))
""",
        home,
    )
    assert len(found) == 3 * 27 + 1
    for line in found[:-1]:
        assert "was stopped" in line, line
    assert found[-1] == "NOT REFUSED"


def test_this_machine_may_talk_to_itself(home: Path, listener: tuple[int, list[bytes]]) -> None:
    """The kernel, JupyterLab and a learner's own server go on working."""
    port, received = listener
    found = run(
        f"""
from helpers import Lab
Lab.start()
for host in ("127.0.0.1", "localhost"):
    with socket.create_connection((host, {port}), timeout=2) as made:
        made.sendall(b"hello")
import requests
print(refusal(lambda: requests.get("http://127.0.0.1:{port}/x", timeout=2)))
""",
        home,
    )
    assert received[:2] == [b"hello", b"hello"]
    assert received[2].startswith(b"GET /x")
    assert "was stopped" not in found[0]


def test_children_cannot_reach_aws_and_have_no_real_key(home: Path) -> None:
    found = run(
        """
from helpers import Lab
Lab.start()
import subprocess, multiprocessing
code = '''
import boto3, os
from botocore.config import Config
keys = boto3.Session().get_credentials()
print(keys.access_key)
import sys
opened = []
sys.addaudithook(lambda e, a: opened.append(str(a[0])) if e == "open" else None)
for service in ("sts", "s3", "iam"):
    client = boto3.client(service, config=Config(retries={"total_max_attempts": 1}))
    try:
        methods = {"sts": "get_caller_identity", "s3": "list_buckets", "iam": "list_users"}
        getattr(client, methods[service])()
    except Exception as error:
        print(type(error).__name__, client.meta.endpoint_url)
    else:
        print("REACHED")
print([f for f in opened if "/.aws" in f or f.endswith("/.boto")])
try:
    boto3.Session(profile_name="work")
except Exception as error:
    print(type(error).__name__)
'''
print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)
""",
        home,
        **EVERYWHERE,
    )
    assert found[0] == ENVIRONMENT["AWS_ACCESS_KEY_ID"]
    assert found[1:4] == ["EndpointConnectionError http://127.0.0.1:9"] * 3
    assert found[4:6] == ["[]", "ProfileNotFound"]


def test_threads_and_forks_are_guarded_too(home: Path) -> None:
    found = run(
        """
from helpers import Lab
Lab.start()
import threading
out = []
thread = threading.Thread(target=lambda: out.append(refusal(
    lambda: socket.create_connection(("198.51.100.7", 80), timeout=2))))
thread.start(); thread.join()
print(out[0])
if hasattr(os, "fork"):
    pid = os.fork()
    if pid == 0:
        text = refusal(lambda: socket.create_connection(("198.51.100.7", 80), timeout=2))
        os._exit(0 if "was stopped" in text else 1)
    print(os.waitpid(pid, 0)[1])
else:
    print(0)
""",
        home,
    )
    assert "was stopped" in found[0]
    assert found[1] == "0"


def test_import_helpers_alone_leaves_the_process_as_it_was(home: Path) -> None:
    found = run(
        """
import helpers
print("boto3" in sys.modules, os.environ["AWS_PROFILE"])
""",
        home,
        AWS_PROFILE="work",
    )
    assert found == ["False work"]


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.255.0.3", True),
        ("::1", True),
        ("::1%lo", True),
        ("localhost", True),
        ("LocalHost", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", True),
        (b"127.0.0.1", True),
        ("", True),
        (None, True),
        ("10.0.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("::ffff:10.0.0.1", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("2130706433", False),
        ("0x7f.1", False),
        ("iam.amazonaws.com", False),
        (b"example.org", False),
    ],
)
def test_what_is_this_machine(host: str | bytes | None, local: bool) -> None:
    assert is_local(host) is local
