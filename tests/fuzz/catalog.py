"""Every target, by what it tries."""

from __future__ import annotations

from typing import Final

from tests.fuzz.target import Target
from tests.fuzz.targets import (
    broker_frames,
    console_lines,
    control_frames,
    control_replies,
    control_requests,
    damaged_files,
    definition_values,
    logs,
    message_bodies,
    packed_values,
    settings_text,
    written_texts,
)

TARGETS: Final[tuple[Target, ...]] = (
    control_frames.TARGET,
    control_replies.TARGET,
    control_requests.TARGET,
    control_requests.AUDIT_TARGET,
    broker_frames.CLIENT_TARGET,
    broker_frames.BROKER_TARGET,
    message_bodies.TARGET,
    settings_text.TARGET,
    definition_values.TARGET,
    written_texts.TRIGGER_TARGET,
    written_texts.PERIOD_TARGET,
    written_texts.FREERUN_TARGET,
    logs.TARGET,
    logs.SEARCH_TARGET,
    console_lines.FILTER_TARGET,
    console_lines.LOG_TARGET,
    console_lines.COMMAND_TARGET,
    packed_values.CHILD_TARGET,
    packed_values.DOCUMENT_TARGET,
    damaged_files.STORE_TARGET,
    damaged_files.LOG_TARGET,
)
