from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from synergy.core.plan_records import PlanRecord
from synergy.core.records import AuditHead, EntryRecord
from synergy.stores.mongodb import documents
from tests.contract.store.samples import supervisor, uow

UOW = documents.from_uow(uow(1))
PLAN = documents.from_plan(PlanRecord("p1", "skip", "ann", 1.0, ()))
ENTRY = documents.from_entry(EntryRecord("Report", "mail", "every 60"))
ATTEMPT: dict[str, Any] = {"attempt": 1, "supervisor_id": "s1", "box_id": "b", "host": "h", "started": 1.0}


@pytest.mark.parametrize(
    ("convert", "document", "change"),
    [
        (documents.to_archived_uow, UOW, {"arguments": 5}),
        (documents.to_archived_uow, UOW, {"arguments": "{"}),
        (documents.to_archived_uow, UOW, {"attempts": 7}),
        (documents.to_archived_uow, UOW, {"attempts": [{}]}),
        (documents.to_archived_uow, UOW, {"attempts": [ATTEMPT, {**ATTEMPT, "attempt": "two"}]}),
        (documents.begun_by, UOW, {"attempts": [{}]}),
        (documents.begun_by, UOW, {"attempts": [{**ATTEMPT, "supervisor_id": {}}]}),
        (documents.to_plan, PLAN, {"changes": b"no zlib"}),
        (documents.to_plan, PLAN, {"changes": "text"}),
        (documents.to_entry, ENTRY, {"arguments": 1.5}),
        (documents.to_supervisor, documents.from_supervisor(supervisor()), {"workers": None}),
        (documents.to_audit, {"_id": "?", "at": "never"}, {}),
        (documents.to_audit_head, documents.from_audit(AuditHead(1, "d")), {"_id": "first"}),
    ],
)
def test_whatever_somebody_damaged_is_told_as_damage(
    convert: Callable[[Any], object], document: dict[str, Any], change: dict[str, Any]
) -> None:
    with pytest.raises(msgspec.MsgspecError):
        convert({**document, **change})


@pytest.mark.parametrize(
    ("convert", "document"),
    [
        (documents.to_archived_uow, UOW),
        (documents.to_plan, PLAN),
        (documents.to_entry, ENTRY),
        (documents.to_supervisor, documents.from_supervisor(supervisor())),
    ],
)
def test_a_document_without_one_of_its_fields_is_damage_too(
    convert: Callable[[Any], object], document: dict[str, Any]
) -> None:
    convert(document)
    for missing in ("_id", "arguments", "attempts", "changes", "workers", "trigger_frequency", "counter"):
        if missing in document and (missing, convert) not in OPTIONAL:
            with pytest.raises(msgspec.MsgspecError):
                convert({name: value for name, value in document.items() if name != missing})


OPTIONAL = {("_id", documents.to_entry), ("_id", documents.to_supervisor)}
"""A copy of what stands in another field."""
