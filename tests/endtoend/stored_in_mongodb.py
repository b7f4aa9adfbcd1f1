"""What a database of a MongoDB holds. See Stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from pymongo import MongoClient

from synergy.core.records import Attempt, HistoryEntry, Job, JobKey, UnitOfWork, UowId, UowType
from synergy.core.states import UowState

Document = dict[str, Any]

JOBS: Final = ("job_hourly", "job_daily", "job_monthly", "job_yearly")
COLLECTIONS: Final = (
    *JOBS, "unit_of_work", "history", "plan", "audit", "managed_process", "freerun_process", "box_configuration",
)  # fmt: skip
FINISHED: Final = {
    "uow_type": UowType.MANAGED,
    "state": {"$in": [UowState.PROCESSED, UowState.NOOP]},
    "applied": True,
}


class MongoStored:
    """See Stored. What the daemon commits at once is written here one document after the other."""

    def __init__(self, url: str) -> None:
        self._client = MongoClient[Document](url)
        self._database = self._client.get_default_database()

    def job(self, key: JobKey) -> Job | None:
        """See Stored."""
        found = (self._database[name].find_one({"_id": str(key)}) for name in JOBS)
        return next((msgspec.convert(document, Job) for document in found if document is not None), None)

    def jobs(self) -> list[Job]:
        """See Stored."""
        found = [msgspec.convert(document, Job) for name in JOBS for document in self._database[name].find()]
        return sorted(found, key=lambda job: job.key)

    def uow(self, uow_id: UowId) -> UnitOfWork | None:
        """See Stored."""
        return next(iter(_to_uows(self._database["unit_of_work"].find({"_id": uow_id}))), None)

    def uows(self) -> list[UnitOfWork]:
        """See Stored."""
        return _to_uows(self._all("unit_of_work"))

    def count_finished(self) -> int:
        """See Stored."""
        return self._database["unit_of_work"].count_documents(FINISHED)

    def attempts(self) -> list[Attempt]:
        """See Stored; they lie in their units of work."""
        found = [
            msgspec.convert({**attempt, "uow_id": document["_id"]}, Attempt)
            for document in self._all("unit_of_work")
            for attempt in document["attempts"]
        ]
        return sorted(found, key=lambda one: (one.uow_id, one.attempt, one.started))

    def history(self) -> list[HistoryEntry]:
        """See Stored."""
        return msgspec.convert(
            self._database["history"].find().sort({"stamp": 1, "line": 1}).to_list(), list[HistoryEntry]
        )

    def everything(self) -> Mapping[str, Sequence[object]]:
        """See Stored."""
        return {name: self._all(name) for name in COLLECTIONS}

    def close(self) -> None:
        """See Stored."""
        self._client.close()

    def _all(self, collection: str) -> list[Document]:
        return self._database[collection].find().sort("_id").to_list()


def _to_uows(documents: Iterable[Document]) -> list[UnitOfWork]:
    return [
        msgspec.convert({**one, "uow_id": one["_id"], "arguments": json.loads(one["arguments"])}, UnitOfWork)
        for one in documents
    ]
