"""The web server over real sockets, with a small program in the console's place."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil
import pytest

pytest.importorskip("textual_serve", reason="pip install -e '.[test]'")

import aiohttp
from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType

from synergy.core.errors import WorldError
from synergy.tui.arguments import Web, parse_arguments
from synergy.tui.web import server as server_module
from synergy.tui.web import tab as tab_module
from synergy.tui.web.command import console_argv, served
from synergy.tui.web.guard import Guard
from tests.waiting import wait_until, within

ECHO = """
import os, sys
def send(kind, data):
    os.write(1, kind + len(data).to_bytes(4, "big") + data)
os.write(1, b"__GANGLION__\\n")
send(b"D", b"pid %d" % os.getpid())
while kind := sys.stdin.buffer.read(1):
    data = sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(4), "big"))
    if kind == b"M" and b"quit" in data:
        break
    send(b"D", kind + data)
    if data == b":q":
        send(b"M", b'{"type": "exit"}')
"""
STUBBORN = """
import os, signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
text = b"pid %d" % os.getpid()
os.write(1, b"__GANGLION__\\nD" + len(text).to_bytes(4, "big") + text)
time.sleep(600)
"""


class Browser:
    """Somebody at a page."""

    def __init__(self, guard: Guard, session: ClientSession) -> None:
        self.guard = guard
        self.session = session

    async def get(self, path: str, **headers: str) -> aiohttp.ClientResponse:
        async with self.session.get(self.guard.origin + path, headers=headers, allow_redirects=False) as answer:
            await answer.read()
            return answer

    async def enter(self) -> aiohttp.ClientResponse:
        return await self.get(self.guard.link.removeprefix(self.guard.origin))

    async def open_tab(self, **headers: str) -> ClientWebSocketResponse:
        sent = {"Origin": self.guard.origin, **headers}
        return await self.session.ws_connect(f"{self.guard.origin}/ws?width=100&height=30", headers=sent)


async def heard(websocket: ClientWebSocketResponse) -> bytes:
    message = await within(10, websocket.receive())
    assert message.type is WSMsgType.BINARY, message
    return bytes(message.data)


async def process_behind(websocket: ClientWebSocketResponse) -> psutil.Process:
    return psutil.Process(int((await heard(websocket)).split()[1]))


@asynccontextmanager
async def browsing(program: str = ECHO) -> AsyncIterator[Browser]:
    async with (
        served([sys.executable, "-c", program], 0, "flights <1>") as guard,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
    ):
        yield Browser(guard, session)


async def test_the_link_leads_to_the_page_and_is_void_afterwards() -> None:
    async with browsing() as browser:
        link = browser.guard.link.removeprefix(browser.guard.origin)
        entered = await browser.get(link)
        cookie = entered.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert 'url=/"' in await entered.text()
        page = await browser.get("/")
        assert page.status == 200
        assert "flights &lt;1&gt;" in await page.text()
        for script in ("/static/js/textual.js", "/page.js"):
            assert (await browser.get(script)).content_type.endswith("/javascript")
        browser.session.cookie_jar.clear()
        assert (await browser.get(link)).status == 403
        assert (await browser.get("/")).status == 403


@pytest.mark.parametrize("path", ["/", "/ws", "/page.js", "/static/js/textual.js", "/static/", "/download/x", "/no"])
async def test_without_the_cookie_nothing_is_given(path: str) -> None:
    async with browsing() as browser:
        refused = await browser.get(path)
        assert refused.status == 403
        assert refused.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_a_name_that_was_made_to_lead_here_is_refused() -> None:
    async with browsing() as browser:
        await browser.enter()
        refused = await browser.get("/", Host="evil.example")
        assert (refused.status, "evil.example" in await refused.text()) == (403, True)
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await browser.open_tab(Host="evil.example")


@pytest.mark.parametrize("token", ["x", "", "café", "token=x"])
async def test_a_wrong_link_opens_nothing_and_leaves_the_right_one_good(token: str) -> None:
    async with browsing() as browser:
        refused = await browser.get(f"/?token={token}")
        assert (refused.status, "Set-Cookie" in refused.headers) == (403, False)
        assert (await browser.get("/")).status == 403
        assert (await browser.enter()).status == 200
        assert (await browser.get("/")).status == 200


@pytest.mark.parametrize("headers", [{"Origin": each} for each in ("http://evil.example", "null", "")] + [{}])
async def test_another_page_cannot_open_the_socket_nor_who_names_none(headers: dict[str, str]) -> None:
    async with browsing() as browser:
        await browser.enter()
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await browser.session.ws_connect(f"{browser.guard.origin}/ws", headers=headers)


async def test_the_page_loads_nothing_from_elsewhere_and_holds_no_script() -> None:
    async with browsing() as browser:
        await browser.enter()
        page = await browser.get("/")
        policy = page.headers["Content-Security-Policy"]
        text = await page.text()
        assert "script-src 'self';" in policy
        assert "<script>" not in text
        assert "onclick" not in text.lower()
        assert "https:" not in text
        assert text.count("http:") == text.count(f"{browser.guard.origin}/static/")
        for name in ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control"):
            assert name in page.headers


async def test_what_is_typed_goes_to_the_console_of_this_tab() -> None:
    async with browsing() as browser:
        await browser.enter()
        tab = await browser.open_tab()
        await process_behind(tab)
        await tab.send_json(["stdin", "d"])
        assert await heard(tab) == b"Dd"
        await tab.send_json(["resize", {"width": 80, "height": 24}])
        assert await heard(tab) == b'M{"type": "resize", "width": 80, "height": 24}'
        await tab.close()


async def test_the_console_ends_with_its_tab() -> None:
    async with browsing() as browser:
        await browser.enter()
        tab = await browser.open_tab()
        process = await process_behind(tab)
        await tab.close()
        await wait_until(lambda: not process.is_running())


async def test_a_console_that_does_not_leave_is_made_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tab_module, "END_SECONDS", 0.05)
    async with browsing(STUBBORN) as browser:
        await browser.enter()
        tab = await browser.open_tab()
        process = await process_behind(tab)
        await tab.close()
        await wait_until(lambda: not process.is_running())


async def test_all_consoles_end_with_the_server() -> None:
    async with browsing() as browser:
        await browser.enter()
        tabs = [await browser.open_tab() for _ in range(2)]
        processes = [await process_behind(tab) for tab in tabs]
    assert not any(process.is_running() for process in processes)
    assert [(await within(5, tab.receive())).type for tab in tabs] == [WSMsgType.CLOSED] * 2


async def test_a_console_that_is_left_ends_its_tab() -> None:
    async with browsing() as browser:
        await browser.enter()
        tab = await browser.open_tab()
        process = await process_behind(tab)
        await tab.send_json(["stdin", ":q"])
        assert await heard(tab) == b"D:q"
        assert (await within(5, tab.receive())).type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED}
        await wait_until(lambda: not process.is_running())


@pytest.mark.parametrize("text", ["no json", "{}", "[]", '["stdin"]', '["stdin", 5]', '["resize", {}]'])
async def test_a_tab_that_sends_what_is_no_message_is_closed_and_the_others_go_on(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with browsing() as browser:
        await browser.enter()
        good, bad = await browser.open_tab(), await browser.open_tab()
        await process_behind(good)
        process = await process_behind(bad)
        await bad.send_str(text)
        assert (await within(10, bad.receive())).type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED}
        await wait_until(lambda: not process.is_running())
        await good.send_json(["stdin", "d"])
        assert await heard(good) == b"Dd"
        await good.close()
    assert "no message" in caplog.text


async def test_more_tabs_than_agreed_are_refused_until_one_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MOST_TABS", 1)
    async with browsing() as browser:
        await browser.enter()
        tab = await browser.open_tab()
        await process_behind(tab)
        full = await browser.get("/")
        assert (full.status, "close one" in await full.text()) == (503, True)
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await browser.open_tab()
        await tab.close()

        async def has_room() -> bool:
            return (await browser.get("/")).status == 200

        await wait_until(has_room)


async def test_a_port_that_is_taken_is_told_with_the_remedy() -> None:
    async with browsing() as browser:
        port = int(browser.guard.host.partition(":")[2])
        with pytest.raises(WorldError, match=f"port {port} of 127.0.0.1 cannot be had: address already") as caught:
            async with served([], port, "x"):
                pass
        assert "--port" in caught.value.remedy


async def test_it_listens_on_the_loopback_address_only() -> None:
    async with browsing() as browser:
        port = int(browser.guard.host.partition(":")[2])
        listening = [at.laddr for at in psutil.Process().net_connections("tcp") if at.status == psutil.CONN_LISTEN]
        assert [at.ip for at in listening if at.port == port] == ["127.0.0.1"]


def test_a_tabs_console_is_called_as_the_server_was_and_only_looks_unless_told_otherwise() -> None:
    web = parse_arguments(["--web", "--port=0", "-C", "flights", "--mouse", "tt", "Flights"]).web
    assert web == Web(0, may_change=False, words=("-C", "flights", "--mouse", "tt", "Flights"))
    argv = console_argv(web.words, may_change=web.may_change)
    assert argv[-7:] == ["--served", "--read-only", "-C", "flights", "--mouse", "tt", "Flights"]
    assert "--read-only" not in console_argv((), may_change=True)
    assert parse_arguments(["--web", "--allow-changes"]).web == Web(8765, may_change=True, words=())
