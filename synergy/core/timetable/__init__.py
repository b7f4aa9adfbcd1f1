"""The timetable: a column of state bytes per process, and arithmetic for everything between them."""
