"""ServiceStack's own clients, unmodified, against the gateway: npm and PyPI packages, .NET's serialiser, generated code."""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import servicestack

from chappe.domain.account import Token, token_digest
from chappe.domain.state import State
from journeys.house import HOST, PASSWORD, Answer, House, ask_http, until
from journeys.test_processes import TWO, ready, with_ports

NPM = Path(__file__).parents[1] / "npm"
PROGRAMS = Path(__file__).parent / "servicestack"
KEY = "ak-0123456789abcdef"
USER = "digital"

needs_npm = pytest.mark.skipif(
    shutil.which("node") is None or not (NPM / "node_modules").is_dir(),
    reason="node or tests/npm is not set up",
)
SERIALIZER = Path("/usr/lib/mono/4.5/System.Runtime.Serialization.dll")
needs_mono = pytest.mark.skipif(
    shutil.which("mcs") is None or not SERIALIZER.exists(), reason="Mono or its serialiser is not installed"
)


async def with_users(house: House) -> str:
    """The address of the gateway, which knows a user with a role and an API key."""
    await house.save(
        house.login(USER, "acme", roles=("Client",)),
        house.login("guest", "acme"),
        Token(name="key", account="acme", digest=token_digest(KEY), roles=("Partner",)),
    )
    return f"http://{HOST}:{house.running.http_port}"


async def ran(*words: str | Path) -> str:
    """What a program prints; it must end well."""
    process = await asyncio.create_subprocess_exec(
        *map(str, words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
    text = said.decode()
    assert process.returncode == 0, text
    return text


def steps(text: str) -> dict[str, Any]:
    return {step["step"]: step["value"] for step in map(json.loads, text.splitlines())}


async def arrived(house: House, *texts: str) -> None:
    """The SMSC has these texts and no others; what is not ASCII went out as UCS-2."""
    octets = (text if text.isascii() else text.encode("utf-16-be").decode("latin-1") for text in texts)
    await until(lambda: len(house.rows()) >= len(texts), lambda: f"{[row.text for row in house.rows()]}")
    assert sorted(row.text for row in house.rows()) == sorted(octets)


@needs_npm
@pytest.mark.row("003-001")
@pytest.mark.row("003-002")
@pytest.mark.row("003-018")
async def test_the_npm_client(house: House) -> None:
    told = steps(await ran("node", NPM / "servicestack.mjs", await with_users(house), USER, PASSWORD, KEY))
    assert told["nobody"]["status"] == {"errorCode": "Unauthorized", "message": "Not Authenticated"}
    assert told["wrong password"]["status"]["message"] == "Invalid Username or Password"
    for step in ("basic", "user route", "json reply", "api key", "session", "refreshed"):
        (one,) = told[step]["messages"]
        assert one["accepted"] is True, step
        assert (await house.reaches(one["apiMessageId"], State.SENT, State.DELIVERED)) is not None
    assert [one["accepted"] for one in told["one is refused"]["messages"]] == [True, False]
    assert told["no messages"]["status"]["errors"][0]["fieldName"] == "Messages"
    assert told["api"] == {
        "failed": True, "code": "NotEmpty", "field": "'Messages' must not be empty.", "is": True
    }  # fmt: skip
    assert [each["messages"][0]["accepted"] for each in told["all"]] == [True, True]
    assert told["all fails"]["status"]["meta"] == {"AutoBatchIndex": "1"}
    assert told["wrong sign in"]["status"]["errorCode"] == "Unauthorized"
    assert told["signed in"] == {"user": USER, "roles": ["Client"], "cookies": ["ss-id", "ss-opt", "ss-pid"]}
    assert told["token is new"] is True
    assert told["signed out"]["status"]["errorCode"] == "Unauthorized"
    words = (
        *("basic é ☺ 😀", "user route", "good", "all 1", "all 2", "all 3", "one way", "all one way"),
        *("json reply", "api key", "session", "refreshed"),
    )
    await arrived(house, *(f"npm {word}" for word in words))


def generated(folder: Path, code: str) -> ModuleType:
    """The Python code that the gateway generates, imported."""
    file = folder / "dtos_of_the_gateway.py"
    file.write_text(code)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.row("003-002")
@pytest.mark.row("003-018")
async def test_the_pypi_client_with_code_that_the_gateway_generated(house: House, tmp_path: Path) -> None:
    base = await with_users(house)
    code = (await ask_http(house.running.http_port, "/types/python", headers={"Host": "gw.example"})).body
    dtos = generated(tmp_path, code)
    told = await asyncio.to_thread(python_client, base, dtos)
    for one in told:
        assert one.accepted is True
        await house.reaches(one.api_message_id, State.SENT, State.DELIVERED)
    words = ("basic é ☺ 😀", "post url", "all 1", "all 2", "one way", "key", "session", "refreshed")
    await arrived(house, *(f"python {word}" for word in words))


def python_client(base: str, dtos: ModuleType) -> list[Any]:
    """Everything that the package can do with it; the results that have an id."""

    def request(*contents: str) -> Any:
        return dtos.SendSMPPSmsRequest(
            messages=[dtos.SMPPMessage(to="31612345678", content=content) for content in contents]
        )

    nobody = servicestack.JsonServiceClient(base)
    with pytest.raises(servicestack.WebServiceException) as refused:
        nobody.post(request("never"))
    assert refused.value.status_code == 401
    assert refused.value.response_status.error_code == "Unauthorized"
    guest = servicestack.JsonServiceClient(base)
    guest.set_credentials("guest", PASSWORD)
    with pytest.raises(servicestack.WebServiceException) as refused:
        guest.post(request("never"))
    assert (refused.value.status_code, refused.value.response_status.message) == (403, "Invalid Role")

    basic = servicestack.JsonServiceClient(base)
    basic.set_credentials(USER, PASSWORD)
    found = basic.post(request("python basic é ☺ 😀")).messages
    path = "/communication/message/smpp/sms"
    found += basic.post_url(path, request("python post url"), response_as=dtos.SMPPMsgResponse).messages
    with pytest.raises(servicestack.WebServiceException) as refused:
        basic.post(request())
    assert refused.value.response_status.errors[0].field_name == "Messages"
    for each in basic.send_all([request("python all 1"), request("python all 2")]):
        found += each.messages
    basic.send_all_oneway([request("python one way")])

    bearer = servicestack.JsonServiceClient(base)
    bearer.set_bearer_token(KEY)
    found += bearer.post(request("python key")).messages

    session = servicestack.JsonServiceClient(base)
    signed = session.post(
        servicestack.Authenticate(provider="credentials", user_name=USER, password=PASSWORD, remember_me=True)
    )
    assert signed.user_name == USER
    found += session.post(request("python session")).messages
    renewed = servicestack.JsonServiceClient(base)
    renewed.set_bearer_token(signed.bearer_token[:-4] + "AAAA")
    renewed.set_refresh_token(signed.refresh_token)
    found += renewed.post(request("python refreshed")).messages
    return list(found)


@needs_npm
async def test_typescript_that_the_gateway_generates_compiles_strictly_and_sends(
    house: House, tmp_path: Path
) -> None:
    base = await with_users(house)
    (tmp_path / "node_modules").symlink_to(NPM / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "dtos.ts").write_text((await ask_http(house.running.http_port, "/types/typescript")).body)
    (tmp_path / "mjs.mjs").write_text((await ask_http(house.running.http_port, "/types/mjs")).body)
    shutil.copy(PROGRAMS / "program.ts", tmp_path)
    options = ("--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck")
    await ran("node", NPM / "node_modules/typescript/bin/tsc", *options, tmp_path / "program.ts")
    told = steps(await ran("node", tmp_path / "program.js", base, KEY))
    assert told == {"typescript": True, "mjs": True, "error": "NotEmpty"}
    await arrived(house, "typescript", "mjs")


@needs_mono
@pytest.mark.row("003-024")
@pytest.mark.row("003-029")
@pytest.mark.row("003-035")
@pytest.mark.row("003-036")
async def test_csharp_that_the_gateway_generates_and_the_serialiser_of_dotnet(
    house: House, tmp_path: Path
) -> None:
    base = await with_users(house)
    (tmp_path / "Dtos.cs").write_text((await ask_http(house.running.http_port, "/types/csharp")).body)
    sources = [tmp_path / "Dtos.cs", PROGRAMS / "Program.cs", PROGRAMS / "ServiceStack.cs"]
    program = tmp_path / "program.exe"
    await ran("mcs", f"-out:{program}", "-r:System.Runtime.Serialization", "-r:System.Xml", *sources)
    told = steps(await ran("mono", program, base, KEY))
    assert told["sent"] == "True,False"
    assert told["echo"] == "hé <&> ☺ 😀"
    assert told["error"] == "400 NotEmpty Messages"
    await arrived(house, "hé <&> ☺ 😀")


@pytest.mark.row("003-020")
@pytest.mark.row("003-021")
@pytest.mark.row("003-028")
@pytest.mark.parametrize(
    "target", ["/communication/message/smpp/sms.xml", "/communication/message/smpp/sms?format=xml"]
)
async def test_xml_over_a_real_socket_has_its_length(house: House, target: str) -> None:
    await with_users(house)
    headers = {"Content-Type": "application/json", "X-Api-Key": KEY}
    body = '{"Messages":[{"to":"31612345678","content":"☺"}]}'.encode()
    answer = await ask_http(house.running.http_port, target, body=body, headers=headers)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/xml")
    assert int(answer.headers["content-length"]) == len(answer.body.encode())
    assert "<content>☺</content>" in answer.body


@pytest.mark.row("003-001")
async def test_a_role_is_given_and_taken_by_the_command_line(house: House) -> None:
    await with_users(house)
    port = house.running.http_port
    login = base64.b64encode(f"guest:{PASSWORD}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {login}"}
    body = b'{"Messages":[{"to":"31612345678","content":"by role","clientMessageId":"r-1"}]}'

    async def status() -> int:
        answer = await ask_http(port, "/communication/message/smpp/sms", body=body, headers=headers)
        return answer.status

    assert await status() == 403
    assert await house.command("credential", "set", "guest", 'roles=["Partner"]') == 0
    assert await status() == 200
    assert await status() == 200
    assert await house.command("credential", "set", "guest", "roles=[]") == 0
    assert await status() == 403
    await arrived(house, "by role")


async def test_a_session_holds_on_every_front_and_ends_with_the_password(outside: House) -> None:
    with_ports(outside)
    outside.options = TWO
    process = await outside.start_process()
    await until(lambda: ready(process))
    await outside.save(outside.login(USER, "acme", roles=("Admin",)))
    port = process.http_port
    body = json.dumps({"userName": USER, "password": PASSWORD, "rememberMe": True}).encode()
    as_json = {"Content-Type": "application/json"}

    answers: list[Answer] = []

    async def signed_in() -> bool:
        answers.append(await ask_http(port, "/auth", body=body, headers=as_json))
        return answers[-1].status == 200

    await until(signed_in)
    answer = answers[-1]
    token = json.loads(answer.body)["bearerToken"]
    cookie = answer.headers["set-cookie"].split(";")[0]
    assert cookie.startswith("ss-pid=")
    shown = ({"Authorization": f"Bearer {token}"}, {"Cookie": cookie})

    async def everywhere(status: int) -> bool:
        """A connection of its own for each: the kernel spreads them over both fronts, which hear of changes in turn."""
        said = [await ask_http(port, "/auth", headers=headers) for headers in shown for _ in range(16)]
        return {one.status for one in said} == {status}

    await until(lambda: everywhere(200))
    await outside.save(outside.login(USER, "acme", roles=("Admin",), version=2))

    await until(lambda: everywhere(401))
