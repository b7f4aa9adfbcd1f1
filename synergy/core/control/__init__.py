"""The control protocol: every request, reply and event, once. JSON-RPC 2.0, one object per line, UTF-8."""
