"""The pure rules: no I/O, no clock, no logging. Whatever the core needs to know is handed in."""
