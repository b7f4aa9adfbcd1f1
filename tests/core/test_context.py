from __future__ import annotations

from msgspec import structs

from synergy.core.context import DaemonSpec, FreerunSpec, ProcessContext, Work, digest_of

CONTEXT = ProcessContext(
    freerun=(FreerunSpec("Run", "one", "every 60", Work(command=("echo",), env={"A": "1", "B": "2"})),),
    daemons=(DaemonSpec("Feed", Work(command=("sleep", "600"))),),
)


def test_equal_definitions_have_one_digest_in_whatever_order_they_were_written() -> None:
    (entry,) = CONTEXT.freerun
    turned = structs.replace(entry, work=structs.replace(entry.work, env={"B": "2", "A": "1"}))
    assert digest_of(structs.replace(CONTEXT, freerun=(turned,))) == digest_of(CONTEXT)


def test_warnings_which_differ_by_box_do_not_count() -> None:
    assert digest_of(structs.replace(CONTEXT, warnings=("no box matches",))) == digest_of(CONTEXT)


def test_any_change_of_what_is_run_is_another_digest() -> None:
    (entry,) = CONTEXT.freerun
    others = [
        structs.replace(CONTEXT, daemons=()),
        structs.replace(CONTEXT, freerun=(structs.replace(entry, trigger_frequency="every 61"),)),
        structs.replace(CONTEXT, freerun=(structs.replace(entry, work=Work(command=("true",))),)),
    ]
    assert len({digest_of(context) for context in [CONTEXT, *others]}) == 4
