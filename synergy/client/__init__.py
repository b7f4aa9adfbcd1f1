"""The control client: how the console, synergyctl and other programs speak with the daemon."""

from synergy.client.channel import Channel, Command, StreamPair
from synergy.client.control_client import ControlClient
from synergy.client.inbox import Inbox
from synergy.client.session import Connected, Lost, Session, SessionState

__all__ = ["Channel", "Command", "Connected", "ControlClient", "Inbox", "Lost", "Session", "SessionState", "StreamPair"]
