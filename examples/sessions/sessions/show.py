"""The statistics as tables: ``python -m sessions.show`` in the project's folder."""

import sys

from sessions.store import RESULTS, project_store


def main() -> int:
    """Print what there is of each level."""
    store = project_store()
    for table in RESULTS:
        print(f"{table:16}{'SITE':6}{'VISITS':>8}{'VISITORS':>10}{'SECONDS':>9}{'PAGES':>8}")
        for timeperiod, rows in store.rows(table).items():
            for row in rows:
                print(
                    f"{timeperiod:16}{row.site:6}{row.visits:>8}{row.visitors:>10}"
                    f"{row.mean_seconds:>9.1f}{row.pages:>8}"
                )
    store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
