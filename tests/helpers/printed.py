"""A page as Chromium prints it."""

import re


def sheets_of_paper(tab) -> int:
    """How many A4 pages a page takes when it is printed."""
    margin = dict.fromkeys(("top", "right", "bottom", "left"), "1.5cm")
    paper = tab.pdf(format="A4", print_background=True, margin=margin)
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", paper))
