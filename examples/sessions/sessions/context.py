"""What is kept running, and what is counted when: the processes and the tree of this project."""

from synergy.definitions import DaemonProcess, ManagedProcess, Tree

process_context = [
    DaemonProcess(
        process_name="SiteEvents",
        command=["python", "-m", "sessions.emit", "--visits", "60", "--start", "2013013121"],
        present_on_boxes=["box-1"],
        description="a made-up stream of page views",
    ),
    DaemonProcess(
        process_name="SiteSessions",
        command=["python", "-m", "sessions.collect"],
        present_on_boxes=["box-1"],
        description="folds page views into sessions",
    ),
    ManagedProcess(
        process_name="SiteHourly",
        time_qualifier="hourly",
        run="sessions.jobs:statistics",
        state_machine="recomputing",
        trigger_frequency="every 600",
        concurrency=4,  # so that an hour without data keeps no later one waiting
        source="site_events",
        sink="site_hourly",
        time_limit=60,
        description="an hour's statistics, made anew while its events come in",
    ),
    ManagedProcess(
        process_name="SiteDaily",
        time_qualifier="daily",
        run="sessions.jobs:statistics",
        blocking_type="children",
        source="site_sessions",
        sink="site_daily",
        time_limit=60,
        description="a day's statistics, once all of its hours are finished",
    ),
    ManagedProcess(
        process_name="SiteMonthly",
        time_qualifier="monthly",
        run="sessions.jobs:statistics",
        blocking_type="children",
        source="site_sessions",
        sink="site_monthly",
        time_limit=60,
        description="a month's statistics, once all of its days are finished",
    ),
]

timetable_context = [
    Tree(
        tree_name="Site",
        enclosed_processes=["SiteMonthly", "SiteDaily", "SiteHourly"],
        description="visits, visitors and pages of each site",
    ),
]
