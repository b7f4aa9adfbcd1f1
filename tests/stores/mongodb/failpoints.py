"""Trouble on purpose: the server's own test command, aimed at the stores' connections."""

from __future__ import annotations

from typing import Any, Final

from pymongo import MongoClient

APP_NAME: Final = "synergy"

WRITES_AND_READS: Final = ("insert", "update", "find")


class Failpoints:
    """One is in force at a time, until ``clear``."""

    def __init__(self, client: MongoClient[dict[str, object]]) -> None:
        self._client = client

    def cut_after(self, commands: int, names: tuple[str, ...] = WRITES_AND_READS) -> None:
        """Let so many commands pass; from then on close the connection at each, before it is done."""
        self._set({"skip": commands}, {"failCommands": list(names), "closeConnection": True})

    def hide_answers(self, times: int, names: tuple[str, ...]) -> None:
        """Do what is asked, and answer that no majority has confirmed it."""
        unconfirmed = {"code": 64, "errmsg": "waiting for replication timed out"}
        self._set({"times": times}, {"failCommands": list(names), "writeConcernError": unconfirmed})

    def refuse(self, code: int, names: tuple[str, ...]) -> None:
        """Answer with this error, and do nothing."""
        self._set("alwaysOn", {"failCommands": list(names), "errorCode": code})

    def hold(self, seconds: float, names: tuple[str, ...]) -> None:
        """Do what is asked only after a while."""
        self._set(
            "alwaysOn", {"failCommands": list(names), "blockConnection": True, "blockTimeMS": int(seconds * 1000)}
        )

    def clear(self) -> None:
        """All is well again."""
        self._client.admin.command("configureFailPoint", "failCommand", mode="off")

    def _set(self, mode: object, data: dict[str, Any]) -> None:
        self._client.admin.command("configureFailPoint", "failCommand", mode=mode, data={**data, "appName": APP_NAME})
