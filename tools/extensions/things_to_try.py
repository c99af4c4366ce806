"""Things to try with one's hands, beside the text that they explain; their numbers are stored ones.

A chapter asks for none: the script of a page finds its place there. So the notebook stays plain,
and without scripts there is the still picture.
"""

import base64
import json
from pathlib import Path

import numpy as np
import pandas as pd
from paths import ROOT
from sphinx.application import Sphinx

PAGES = {"notebooks/02_grid_search": ["try/seeds.js", "try_seeds.js"]}


def setup(app: Sphinx) -> dict:
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", write_numbers)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def add_scripts(app: Sphinx, pagename, templatename, context, doctree) -> None:
    for script in PAGES.get(pagename, []):
        app.add_js_file(script)


def grid_of_seeds() -> dict:
    """The 400 cells under 50 seeds, seed by seed and depth by depth, in thousandths above 50."""
    table = pd.read_csv(ROOT / "notebooks/trials/grids.csv.gz")
    table = table.sort_values(["seed", "max_depth", "n_estimators"])
    thousandths = ((table["rmse"] - 50) * 1000).round().to_numpy().astype("<u2")
    return {
        "seeds": int(table["seed"].nunique()),
        "trees": sorted(table["n_estimators"].unique().tolist()),
        "depths": sorted(table["max_depth"].unique().tolist()),
        "rmse": base64.b64encode(np.asarray(thousandths).tobytes()).decode(),
    }


def write_numbers(app: Sphinx, exception) -> None:
    if exception or app.builder.name != "html":
        return
    file = Path(app.outdir) / "_static/try/seeds.js"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"const GRID_OF_SEEDS = {json.dumps(grid_of_seeds())};\n", encoding="utf8")
