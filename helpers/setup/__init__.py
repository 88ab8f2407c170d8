"""What start.py does beyond setting up .venv: one module a command.

* ``python3 start.py``: ``lab`` opens JupyterLab where the learner stopped.
* ``python3 start.py reset 05``: ``reset`` brings a notebook back to its shipped state, which
  ``shipped`` keeps.
* ``python3 start.py pack FOLDER``: ``pack`` gathers every wheel for a room without a network.

A leaf beside the rooms: it imports nothing else of the project but ``start``, and ``reset`` runs
where the packages are missing.
"""
