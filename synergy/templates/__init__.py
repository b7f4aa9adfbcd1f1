"""The files of a new project, as ``synergyd init`` writes them."""
