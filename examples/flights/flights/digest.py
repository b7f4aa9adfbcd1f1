"""A freerun job: how far the year has come, as a page in ``reports/``."""

from pathlib import Path

from flights import results
from synergy.definitions import Result, UnitOfWork


def write(uow: UnitOfWork) -> Result:
    """Count what the tables hold; noop while they hold nothing."""
    database = results.connection()
    counts = {
        table: database.execute(f"SELECT count(DISTINCT timeperiod), max(timeperiod) FROM {table}").fetchone()  # noqa: S608
        for table in results.TABLES
    }
    if not any(periods for periods, _ in counts.values()):
        return Result("noop")
    lines = [f"Digest of {uow.timeperiod}", ""]
    lines += [f"{table:18}{periods:>7,} periods, the last {last or '-'}" for table, (periods, last) in counts.items()]
    path = Path.cwd() / "reports" / "digest.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return Result(processed=sum(periods for periods, _ in counts.values()), aggregated=1)
