from __future__ import annotations

from pathlib import Path

import pytest

from synergy.brokers.rabbitmq import Address
from synergy.core.errors import InvalidDefinition


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("amqp://u:p@mq:5673/v", Address("mq", 5673, "u", "p", "v")),
        ("amqp://mq", Address("mq", 5672, "guest", "guest", "/")),
        ("amqp://mq/", Address("mq", 5672, "guest", "guest", "/")),
        ("amqp://u:p%40%2F@mq/%2Fv", Address("mq", 5672, "u", "p@/", "/v")),
        ("amqps://u:p@mq/v", Address("mq", 5671, "u", "p", "v", tls=True)),
        ("amqp://u:p@[::1]:5673/v", Address("::1", 5673, "u", "p", "v")),
    ],
)
def test_a_url_is_read(url: str, address: Address) -> None:
    assert Address.parse(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "amqp://",
        "amqp://u:secret@mq/a/b",
        "amqp://u:secret@mq:port/v",
        "amqp://u:secret@mq/v?heartbeat=1",
        "amqp://u:12/secret@mq",
        "mq",
    ],
)
def test_what_is_no_url_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        Address.parse(url)
    assert "secret" not in str(caught.value)
    assert caught.value.remedy


def test_a_password_of_its_own_goes_before_that_of_the_url() -> None:
    assert Address.parse("amqp://u:p@mq/v", "p:q") == Address("mq", 5672, "u", "p:q", "v")
    assert Address.parse("amqps://u@mq/v", "p", Path("ca.pem")).ca_file == Path("ca.pem")


def test_the_password_is_not_shown() -> None:
    address = Address.parse("amqp://u:secret@mq/v")
    assert "secret" not in f"{address} {address!r} {[address]}"
    assert str(address) == "mq:5672"
