"""The console's screens: each decides what its widgets show and what their messages mean."""
