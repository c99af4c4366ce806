"""What was found, as a sentence, a table, three figures and a page."""

import base64
import html
import io
import platform
from importlib.metadata import version
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sweeplib import compare_pairs
from sweeplib.plots import look, plot_best_so_far

from .model import Plan

WORDS = {"better": "beat", "worse": "lost to", "tie": "tied with",
         "undecided": "cannot be told from"}  # fmt: skip
TOO_GOOD = "<p><strong>Too good to be true?</strong> Nearly all of the guess's loss is gone. \
Look for a column that knows the target.</p>"


def digits(value: float, sign: str = "") -> str:
    """Three significant digits, or all that stand before the point."""
    size = np.log10(abs(value)) if np.isfinite(value) and value else 0
    return f"{value:{sign}.{max(0, 2 - int(np.floor(size)))}f}"


def notes_table(notes: list) -> pd.DataFrame:
    """All that was changed, left out or chosen: a row each."""
    return pd.DataFrame(notes, columns=["what", "how much", "why"])


def compared(honest: pd.DataFrame, rival: str, margin: float):
    """The paired test over the outer folds, corrected for the rows that they share."""
    rows = {name: round(float(honest[name].mean())) for name in ("n_train", "n_test")}
    return compare_pairs(honest["tuned"], honest[rival], **rows, margin=margin)


def sentence(plan: Plan, honest: pd.DataFrame, rival: str, margin: float) -> str:
    """What the test says of the tuned model and one rival."""
    found = compared(honest, rival, margin)
    if not np.isfinite(found.high):  # no spread, so no interval
        if found.mean == 0:
            return f"scored what {rival} scored in every outer fold"
        than = "lower" if found.mean < 0 else "higher"
        return f"was {than} than {rival} by {digits(abs(found.mean))} in every outer fold"
    said = f"{WORDS[found.verdict]} {rival}"
    if found.verdict in ("better", "worse"):
        size = {"yes": "more", "no": "less", "unclear": "perhaps less"}[found.matters]
        said += f" by {size} than the margin"
    mean, low, high = (digits(number, "+") for number in (found.mean, found.low, found.high))
    return f"{said} ({plan.loss} {mean}, 95 % {low} to {high})"


def too_good(plan: Plan, honest: pd.DataFrame) -> bool:
    """Is a tenth of the guess's loss left, or less (an R² of 0.99)?"""
    return bool(honest["tuned"].mean() < 0.1 * honest["guess"].mean())


def draw(axes, plan: Plan, results: pd.DataFrame, honest: pd.DataFrame) -> None:
    """On three axes: the search, one knob of it, and the scores on rows that no choice saw."""
    search, one_knob, judged = axes
    plot_best_so_far(results[plan.loss], "random", search)
    search.set(xlabel="trials", ylabel=plan.loss, title="The search")
    first, drawn = next(iter(plan.space)), results.iloc[1:]
    values = drawn[first].astype(float)
    one_knob.plot(values, drawn[plan.loss], linestyle="", **look("random"))
    one_knob.axhline(results[plan.loss].iloc[0], color="#777777", linestyle=":")
    scale = "log" if plan.space[first].prior == "log-uniform" else "linear"
    one_knob.set(xscale=scale, xlabel=first.split("__")[-1], title="Dotted: the defaults")
    shown = honest.drop(columns=["n_train", "n_test"])
    judged.plot(shown.T.to_numpy(), color="#bbbbbb", marker="o")
    judged.plot(shown.mean().to_numpy(), color="#222222", marker="o")
    judged.set(xticks=range(shown.shape[1]), xticklabels=shown.columns)
    judged.set(title="Rows no choice saw")


def report(path, title: str, plan: Plan, results, honest, margin: float) -> Path:
    """Write all of it as one page that needs no network; returns its path."""
    sentences = [sentence(plan, honest, rival, margin) for rival in ("defaults", *plan.rivals)]
    made = [plt.subplots(figsize=(4.2, 3.2)) for _ in range(3)]
    draw([axes for _, axes in made], plan, results, honest)
    pictures = ""
    for figure, axes in made:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
        plt.close(figure)
        data = base64.b64encode(buffer.getvalue()).decode()
        alt = html.escape(axes.get_title())
        pictures += f'<img alt="{alt}" src="data:image/png;base64,{data}">\n'
    scores = honest.drop(columns=["n_train", "n_test"]).agg(["mean", "std"]).T.map(digits)
    packages = ("scikit-learn", "scikit-optimize", "numpy", "pandas", "scipy")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    warning = TOO_GOOD if too_good(plan, honest) else ""
    notes = notes_table(plan.task.notes).astype(str)
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body {{font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem}}
img {{max-width: 100%; width: 19rem}} td, th {{padding: .2rem .8rem; text-align: left}}</style>
</head><body><h1>{html.escape(title)}</h1>
<p>{len(plan.task.y)} rows, {plan.task.X.shape[1]} columns. Tuned with {plan.budget} random settings
beside the defaults; loss: {plan.loss}; margin: {digits(margin)}. In {len(honest)} outer folds the
tuned model:</p><ul>{"".join(f"<li>{html.escape(said)}</li>" for said in sentences)}</ul>
<p>The numbers are tuned less rival: below zero the tuned model is better.</p>{warning}
{pictures}<h2>Scores on rows that no choice saw</h2>{scores.to_html(border=0)}
<h2>What was changed, left out or chosen</h2>{notes.to_html(border=0, index=False)}
<p>Winner of the search on all rows: {html.escape(str(plan.winner(results) or "the defaults"))}.
Seed {plan.seed}. Python {platform.python_version()}, {versions}.</p></body></html>
"""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf8")
    return path
