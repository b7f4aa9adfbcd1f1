"""What the console knows and how it words it: pure, without a widget, a socket or a clock."""
