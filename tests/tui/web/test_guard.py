"""Who may ask the web server for what."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from synergy.tui.web.guard import Admission, Guard, Head, Refusal

HOST = "127.0.0.1:8765"


@pytest.fixture
def guard() -> Guard:
    return Guard(8765)


def token_of(guard: Guard) -> str:
    return guard.link.partition("token=")[2]


def let_in(guard: Guard) -> str:
    verdict = guard.check(Head("GET", "/", HOST, token=token_of(guard)))
    assert isinstance(verdict, Admission)
    return verdict.cookie


def upgrade(guard: Guard) -> Head:
    return Head("GET", "/ws", HOST, cookie=let_in(guard), origin=f"http://{HOST}", is_upgrade=True)


def test_the_link_is_exchanged_once(guard: Guard) -> None:
    link = Head("GET", "/", HOST, token=token_of(guard))
    assert isinstance(guard.check(link), Admission)
    again = guard.check(link)
    assert isinstance(again, Refusal)
    assert "used already" in again.reason
    assert "token" not in guard.link


def test_what_only_looks_at_the_link_does_not_use_it_up(guard: Guard) -> None:
    token = token_of(guard)
    assert isinstance(guard.check(Head("HEAD", "/", HOST, token=token)), Refusal)
    assert isinstance(guard.check(Head("GET", "/", HOST, token=token + "x")), Refusal)
    assert isinstance(guard.check(Head("GET", "/static/js/textual.js", HOST, token=token)), Refusal)
    assert isinstance(guard.check(Head("GET", "/", HOST, token=token)), Admission)


def test_the_cookie_opens_page_files_and_socket(guard: Guard) -> None:
    socket = upgrade(guard)
    assert guard.check(socket) is None
    for path in ("/", "/static/js/textual.js"):
        assert guard.check(Head("GET", path, HOST, cookie=socket.cookie, site="same-origin")) is None
    assert guard.check(Head("GET", "/", HOST, cookie=socket.cookie)) is None


@pytest.mark.parametrize("cookie", ["", "wrong", "café"])
def test_without_the_cookie_nothing_is_given(guard: Guard, cookie: str) -> None:
    socket = upgrade(guard)
    for head in (Head("GET", "/", HOST), Head("GET", "/static/js/textual.js", HOST), socket):
        verdict = guard.check(replace(head, cookie=cookie))
        assert isinstance(verdict, Refusal)
        assert "open the link" in verdict.reason


@pytest.mark.parametrize("host", ["", "evil.example:8765", "localhost:8765", "127.0.0.1", "127.0.0.1:1", "[::1]:8765"])
def test_another_name_for_this_machine_is_refused(guard: Guard, host: str) -> None:
    head = Head("GET", "/", host, token=token_of(guard))
    verdict = guard.check(head)
    assert isinstance(verdict, Refusal)
    assert "open http://127.0.0.1:8765" in verdict.reason
    assert isinstance(guard.check(replace(head, host=HOST)), Admission)


@pytest.mark.parametrize(
    "origin", ["", "null", "http://evil.example", "http://localhost:8765", "http://127.0.0.1:8766"]
)
def test_a_socket_is_given_to_our_own_page_only(guard: Guard, origin: str) -> None:
    verdict = guard.check(replace(upgrade(guard), origin=origin))
    assert isinstance(verdict, Refusal)
    assert verdict.status == 403


def test_another_page_gets_nothing_even_with_the_cookie(guard: Guard) -> None:
    page = Head("GET", "/", HOST, cookie=let_in(guard))
    assert isinstance(guard.check(replace(page, origin="http://evil.example")), Refusal)
    assert isinstance(guard.check(replace(page, site="cross-site")), Refusal)
    assert isinstance(guard.check(replace(page, site="same-site")), Refusal)


def test_a_link_may_be_followed_from_anywhere(guard: Guard) -> None:
    assert isinstance(guard.check(Head("GET", "/", HOST, token=token_of(guard), site="cross-site")), Admission)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT"])
def test_nothing_but_looking_is_served(guard: Guard, method: str) -> None:
    verdict = guard.check(Head(method, "/", HOST, cookie=let_in(guard)))
    assert isinstance(verdict, Refusal)
    assert verdict.status == 405


def test_on_the_webs_own_port_no_port_is_named() -> None:
    guard = Guard(80)
    assert guard.link.startswith("http://127.0.0.1/?token=")
    assert isinstance(guard.check(Head("GET", "/", "127.0.0.1", token=token_of(guard))), Admission)
