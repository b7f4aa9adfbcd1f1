from __future__ import annotations

from typing import Any

import pytest

from synergy.masking import MASK, is_secret, masked, unmasked

HUSH = "hush"


@pytest.mark.parametrize(
    "name",
    ["password", "DB_PASSWORD", "--passwd", "apiKey", "AWS_SECRET_ACCESS_KEY", "github-token", "Authorization"],
)
def test_what_is_called_a_secret_is_one(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["", "user", "PWD", "password_file", "TOKEN_PATH", "key", "timeperiod"])
def test_what_only_names_a_place_or_something_else_is_none(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": 1, "token": HUSH}, {"a": 1, "token": MASK}),
        ({"env": {"PGPASSWORD": HUSH, "PGHOST": "db1"}}, {"env": {"PGPASSWORD": MASK, "PGHOST": "db1"}}),
        ({"token": 1234, "secret": 1.5}, {"token": MASK, "secret": MASK}),
        ({"token": None, "password": "", "secret": True}, {"token": None, "password": "", "secret": True}),
        ({"tokens": [HUSH, HUSH]}, {"tokens": [MASK, MASK]}),
        (("psql", "--password", HUSH, "--host", "db1"), ("psql", "--password", MASK, "--host", "db1")),
        (("load", f"--api-key={HUSH}", "x"), ("load", f"--api-key={MASK}", "x")),
        (("env", f"TOKEN={HUSH} two", "load"), ("env", f"TOKEN={MASK}", "load")),
        (("curl", "-H", f"Authorization: Bearer {HUSH}"), ("curl", "-H", f"Authorization: {MASK}")),
        (("load", f"mongodb://me:{HUSH}@db1/x"), ("load", "mongodb://me:***@db1/x")),
        (("load", "--token", "--dry-run"), ("load", "--token", "--dry-run")),
        ([f"sh -c 'password={HUSH} load'"], [f"sh -c 'password={MASK} load'"]),
        (f"amqp://me:{HUSH}@host/x", "amqp://me:***@host/x"),
        ("jobs:run", "jobs:run"),
        (7, 7),
    ],
)
def test_values_are_shown_without_their_secrets(value: Any, shown: Any) -> None:
    assert masked(value) == shown
    assert HUSH not in repr(masked(value))


@pytest.mark.parametrize(
    ("sent", "stored", "meant"),
    [
        ({"token": MASK, "a": 2}, {"token": HUSH, "a": 1}, {"token": HUSH, "a": 2}),
        ({"token": "new"}, {"token": HUSH}, {"token": "new"}),
        ({"a": 1}, {"token": HUSH}, {"a": 1}),
        ({"url": "m://me:***@h/x"}, {"url": f"m://me:{HUSH}@h/x"}, {"url": f"m://me:{HUSH}@h/x"}),
        (("x", "--token", MASK), ("x", "--token", HUSH), ("x", "--token", HUSH)),
        (("y", "--token", MASK), ("x", "--token", HUSH), ("y", "--token", MASK)),
        ({"token": MASK}, {}, {"token": MASK}),
    ],
)
def test_stars_that_are_sent_back_mean_what_they_stand_for(sent: Any, stored: Any, meant: Any) -> None:
    assert unmasked(sent, stored) == meant
