"""The console in a browser on the same machine, through textual-serve; loaded only for ``--web``."""
