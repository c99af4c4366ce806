"""What the chapter "Your own sweep" runs on: read a table, check it, model it, report.

Every step keeps a list of notes, (what, how much, why), of all that it changed or left out; a
table that cannot be used ends in a :class:`Refused` with one sentence.
"""

from .check import Task, checked
from .model import MODELS, Plan, planned
from .read import BUNDLED, Refused, Table, read
from .report import digits, notes_table, report, sentence

__all__ = [
    "BUNDLED", "MODELS", "Plan", "Refused", "Table", "Task", "checked", "digits", "notes_table",
    "planned", "read", "report", "sentence",
]  # fmt: skip
