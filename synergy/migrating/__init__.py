"""Moving a project's state from one store into another, while nobody works on either.

``app`` is a composition root of its own: the only program that has two stores at once, of which neither is led. It asks
the daemon's room who leads, and nothing else of it.
"""
