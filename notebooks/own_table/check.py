"""From columns of text to numbers, words and a target; all that goes is counted."""

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from .read import AFTER, BEFORE, CURRENCY, DASHES, MISSING, Refused, Table

FEWEST = 40  # rows to tune on
FEWEST_IN_A_CLASS = 10
FEWEST_GROUPS = 7
FEWEST_KNOWN = 10  # values of a column
TOTALS = {"total", "totals", "grand total", "sum", "average", "mean", "summe", "gesamt"}
MOST_WORDS = 20  # of a column; rarer ones are joined
NUMBER = r"[-+]?\d[\d.,' ]*(?:[eE][-+]?\d+)?"
DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%b %d %Y", "%b %d, %Y", "%d %b %Y", "%B %d, %Y",
    "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ", "%d-%m-%Y", "%d.%m.%Y %H:%M", "%Y-%m",
    "%d/%m/%Y", "%m/%d/%Y", "%m-%d-%Y",
)  # fmt: skip


class Task(NamedTuple):
    """What is to be predicted from what; ``groups`` and ``times`` say which rows hang together."""

    X: pd.DataFrame
    y: pd.Series
    classes: bool
    groups: pd.Series | None
    times: pd.Series | None
    notes: list[tuple[str, object, str]]

    @property
    def ordered(self) -> bool:
        return self.times is not None


def checked(table: Table, target: str, *, group=None, time=None, classes=None) -> Task:
    """The columns and the target of a table, usable.

    Parameters
    ----------
    table : Table
        As :func:`own_table.read` returns it.
    target, group, time : str
        Columns: what to predict; what rows belong together; by what rows are in order.
    classes : bool, optional
        Is the target a class? Found out if left out.

    Raises
    ------
    Refused
        If a column is not there, the target cannot be told, or too few rows or columns are left.
    """
    frame, notes = table.frame, list(table.notes)
    for choice, name in (("TARGET", target), ("GROUP", group), ("TIME", time)):
        if name is not None and not (isinstance(name, str) and name in frame):
            raise Refused(f"{choice}: no column {name!r}; there are {list(frame)[:30]}")
    if len({target, group, time} - {None}) < 1 + (group is not None) + (time is not None):
        raise Refused("TARGET, GROUP and TIME must be three different columns")
    frame = _without_counts(frame, [target, group, time], notes)
    frame = _with_target(frame, target, notes)
    for name, text in frame.iloc[-1].items():
        if text.lower() in TOTALS and (frame[name] == text).sum() == 1:
            why = f"the last one says {text!r} in {name!r}: is it a case? Kept"
            notes.append(("rows", "warning", why))
    times = None if time is None else _times(frame[time], table.decimal).sort_values(kind="stable")
    frame = frame if times is None else frame.loc[times.index]
    y, classes = _target(frame[target], classes, table.decimal, notes)
    groups = None if group is None else frame[group].reset_index(drop=True)
    if groups is not None and (gaps := groups.str.lower().isin(MISSING)).any():
        raise Refused(f"GROUP: {gaps.sum()} rows have none; fill them, or leave these rows out")
    groups = None if groups is None else _of_one_number(groups, table.decimal, notes)
    if groups is not None and groups.nunique() < FEWEST_GROUPS:
        raise Refused(f"GROUP: {group!r} has {groups.nunique()} groups; five folds within five "
                      f"folds need {FEWEST_GROUPS}")  # fmt: skip
    if groups is not None and (twins := _twins(groups)):
        why = f"{twins[0]!r} and {twins[1]!r} are kept apart: are they one?"
        notes.append((f"group {group!r}", "warning", why))
    columns = frame.drop(columns=[n for n in (target, group) if n]).reset_index(drop=True)
    X = _usable(columns, table.decimal, notes)
    _tell_gaps(X, notes)
    y = y.reset_index(drop=True)
    _warn_of_copies(X, y, classes, notes)
    twice = int(frame.duplicated().sum())
    if twice:
        notes.append(("rows", twice, "are copies of others, kept: copies may face each other"))
    times = None if times is None else times.reset_index(drop=True)
    return Task(X, y, classes, groups, times, notes)


def _of_one_number(groups: pd.Series, decimal: str, notes: list) -> pd.Series:
    """Groups that are one number, such as 1 and 1.0, as one group."""
    values = numbers(groups, decimal)[0]
    exact = values.abs() < 2**53  # beyond, two names may be one float
    number = values.astype(object).where(exact, groups)
    first = groups.groupby(number, sort=False).transform("first")
    if apart := groups.nunique() - first.nunique():
        other = groups[groups != first].iloc[0]
        why = f"such as {other!r} and {first[groups == other].iloc[0]!r} are one number: joined"
        notes.append((f"group {groups.name!r}", apart, why))
    return first


def _without_counts(frame: pd.DataFrame, named: list, notes: list) -> pd.DataFrame:
    """Without columns that count the rows, as they stood."""
    counts = []
    for name in frame.columns.difference(named, sort=False):
        values = pd.to_numeric(frame[name], errors="coerce")
        if values.notna().all() and (values.diff().iloc[1:] == 1).all():
            notes.append((f"column {name!r}", "left out", "it counts the rows"))
            counts.append(name)
    return frame.drop(columns=counts)


def _with_target(frame: pd.DataFrame, target: str, notes: list) -> pd.DataFrame:
    gaps = frame[target] == ""
    if gaps.any():
        notes.append(("rows", int(gaps.sum()), "have no target, left out"))
    if (~gaps).sum() < FEWEST:
        raise Refused(f"DATA: {(~gaps).sum()} rows with a target are too few to tune on")
    return frame[~gaps]


def _times(column: pd.Series, decimal: str) -> pd.Series:
    ways = dates(column)
    if len(ways) > 1:
        raise Refused(f"TIME: {column.name!r} can be read as day/month and as month/day; "
                      "write 2026-12-31")  # fmt: skip
    when = ways[0] if ways else numbers(column, decimal)[0]
    if when.isna().any():
        raise Refused(f"TIME: {column.name!r} holds neither dates nor numbers in every row, or "
                      "dates in a form that is not known here; write 2026-12-31 10:00")  # fmt: skip
    return when


def numbers(column: pd.Series, decimal: str = "."):
    """The numbers of a column of text, NaN elsewhere; where text is neither number nor gap; and
    what numbers were read without, (how many, what).

    Percent signs on some numbers only, and currencies that differ, make no numbers.
    """
    known = ~column.str.lower().isin(MISSING)
    text = column.str.strip().str.replace("\u00a0", " ")
    minus = text.str.match(f"[{DASHES}]")
    text = text.where(~minus, "-" + text.str[1:])
    text, has_unit, unit = _without_unit(text, known)
    percent, money = text.str.endswith("%"), text.str.contains(f"[{CURRENCY}]", regex=True)
    mixed = percent & (not percent[known].all())
    mixed |= ~has_unit & bool(unit)
    mixed |= money & (len(set("".join(column)) & set(CURRENCY)) > 1)
    text = text.str.strip(CURRENCY + " ").str.rstrip("% ")
    text = text.str.replace(f"^([-+])[{CURRENCY}]", r"\1", regex=True)
    point, thousands = (".", ",") if decimal == "." else (",", ".")
    grouped = text.str.fullmatch(
        rf"[-+]?[1-9]\d{{0,2}}([{re.escape(thousands)} ']\d{{3}})+({re.escape(point)}\d+)?"
    )
    text = text.where(~grouped, text.str.replace(rf"[{re.escape(thousands)} ']", "", regex=True))
    if decimal == ",":
        text = text.where(text.str.contains(r"\.", regex=True), text.str.replace(",", "."))
    found = pd.to_numeric(text, errors="coerce").astype(float).mask(mixed)
    found = found.where(~percent, found / 100).replace([np.inf, -np.inf], np.nan)
    infinite = text.str.lower().isin(["inf", "-inf", "infinity", "-infinity"])
    without = [
        (int((sign & found.notna()).sum()), what)
        for sign, what in ((percent, "with a percent sign, divided by 100"),
                           (money, "with a currency sign, left out"),
                           (has_unit, f"with the unit {unit!r}, left out"),
                           (grouped, "with a sign between thousands, left out"),
                           (minus, "with a dash for a minus sign"))
    ]  # fmt: skip
    return found, found.isna() & known & ~infinite, [part for part in without if part[0]]


def _without_unit(text: pd.Series, known: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    """The texts without the one unit that nearly all have, which have it, and the unit."""
    parts = text.where(known).str.extract(f"^({BEFORE}){NUMBER}({AFTER})$")
    units = parts[0].str.strip() + parts[1].str.strip()  # a currency stands before, or behind
    unit = next(iter(units.value_counts().index), "")
    has = units == unit
    if not unit or unit in f"%{CURRENCY}" or has.sum() < 0.9 * known.sum():
        return text, pd.Series(False, index=text.index), ""
    bare = text.str.replace(f"^{BEFORE}({NUMBER}){AFTER}$", r"\1", regex=True).str.strip()
    return bare.where(has, text), has, unit


def dates(column: pd.Series) -> list[pd.Series]:
    """The column as dates, in each way in which every text that is no gap is one."""
    known = ~column.str.lower().isin(MISSING)
    if not known.any() or not column[known].str.contains(r"\d.*[-/., ].*\d", regex=True).all():
        return []
    ways = (pd.to_datetime(column.where(known), format=f, errors="coerce") for f in DATES)
    whole = [way for way in ways if way[known].notna().all()]
    return whole[:1] if all(way.equals(whole[0]) for way in whole) else whole


def _target(column: pd.Series, classes: bool | None, decimal: str, notes: list):
    """The target as numbers or as words, and whether it is a class."""
    name = column.name
    values, strange, without = numbers(column, decimal)
    share = values.notna().mean()
    if classes is not True and share > 0.5 and (strange.any() or values.isna().any()):
        words = sorted(set(column[values.isna()]))[:3]
        raise Refused(
            f"TARGET: {name!r} holds numbers, and {values.isna().sum()} rows such as {words}; "
            "mend or delete these rows, or say CLASSES = True"
        )
    integers = share == 1 and (values == values.round()).all()
    whole = integers and values.nunique() <= 20
    text = share <= 0.5
    found = text or whole if classes is None else classes
    if not text:
        _warn_of_code(f"target {name!r}", values.dropna(), notes)
    if whole and classes is None:
        said = "few whole numbers, taken as classes; CLASSES = False for numbers"
        notes.append((f"target {name!r}", values.nunique(), said))
    if text and not found:
        raise Refused(f"TARGET: {name!r} holds words, such as {column.iloc[0]!r}: it is a class, "
                      "or write its numbers alone")  # fmt: skip
    if column.nunique() < 2:
        raise Refused(f"TARGET: {name!r} has only one value, there is nothing to predict")
    if not found:
        notes += [(f"target {name!r}", *part) for part in without]
        return values, False
    if integers and values.abs().max() < 2**53 and not column.str.fullmatch(r"0\d+").any():
        column = values.astype(int).astype(str)
    if column.nunique() > max(20, len(column) / 20):
        raise Refused(f"TARGET: {name!r} has {column.nunique()} different texts, too many classes; "
                      "if they are numbers, write them alone")  # fmt: skip
    if twins := _twins(column):
        raise Refused(f"TARGET: {twins[0]!r} and {twins[1]!r} differ in capitals or blanks only; "
                      "write them alike, or, if they are two classes, rename one")  # fmt: skip
    counts = column.value_counts()
    rare = counts[counts < FEWEST_IN_A_CLASS]
    if len(rare):
        raise Refused(
            f"TARGET: the class {rare.index[-1]!r} has {rare.iloc[-1]} rows, too few for the "
            f"folds ({len(rare)} such classes); join rare classes, leave their rows out, or say "
            "CLASSES = False if these are numbers"
        )
    for gap in sorted(set(column.str.lower()) & MISSING):
        notes.append((f"target {name!r}", repr(gap), "taken as a class; is it a gap?"))
    return column.astype(object), True


def _usable(frame: pd.DataFrame, decimal: str, notes: list) -> pd.DataFrame:
    """The columns that can tell something, as numbers or words."""
    columns = {}
    for name in frame:
        made = _column(frame[name], decimal, notes)
        if twice := made.keys() & columns.keys():
            raise Refused(f"DATA: {twice.pop()!r} is a column, and the part of a date as well")
        columns |= made
    if not columns:
        raise Refused("DATA: no usable column is left beside the target")
    return pd.DataFrame(columns)


def _tell_gaps(X: pd.DataFrame, notes: list) -> None:
    gaps = X.isna().mean()
    if most := gaps.max():
        share = f"{most:.0%}" if most >= 0.005 else "under 1%"
        why = f"have gaps, filled in each fold; {gaps.idxmax()!r} the most, {share} of the rows"
        notes.append(("columns", int((gaps > 0).sum()), why))


def _twins(words: pd.Series) -> list[str]:
    """Two words that differ in capitals or blanks only, if there are such."""
    known = pd.Series(words.dropna().unique())
    plain = known.astype(str).str.lower().str.split().str.join(" ")
    twice = plain[plain.duplicated()]
    return known[plain == twice.iloc[0]].tolist() if len(twice) else []


def _column(column: pd.Series, decimal: str, notes: list) -> dict[str, pd.Series]:
    """What a column becomes: itself, several (a date), or nothing."""
    name, said = column.name, f"column {column.name!r}"
    gap = column.str.lower().isin(MISSING)
    if column[~gap].nunique() < 2 and (gap.all() or not gap.any()):
        notes.append((said, "left out", "it is constant"))
        return {}
    if column[~gap].nunique() == 1 and numbers(column, decimal)[0].notna().any():
        notes.append((said, "words", "one number and gaps: the gaps may tell something"))
        return {name: column.where(~gap, np.nan).astype(object)}
    ways = dates(column)
    if len(ways) > 1:
        notes.append((said, "left out", "a date that reads as day/month and as month/day"))
        return {}
    if ways:
        when = ways[0]
        notes.append((said, "a date", "taken as days, month and weekday"))
        days = (when - when.min()).dt.total_seconds() / 86400
        parts = {"days": days, "month": when.dt.month, "weekday": when.dt.day_of_week}
        return {f"{name}: {part}": values for part, values in parts.items()
                if values.nunique() > 1}  # fmt: skip
    codes = column.str.fullmatch(r"0\d+")
    values, strange, without = numbers(column, decimal)
    if not codes.any() and strange.sum() <= 0.1 * (~gap).sum():
        if strange.any():
            example = column[strange].iloc[0]
            notes.append((said, int(strange.sum()), f"text such as {example!r}, taken as a gap"))
        lost = values.isna() & ~strange & ~gap
        if lost.any():
            notes.append((said, int(lost.sum()), "infinite, taken as a gap"))
        if values.notna().sum() < FEWEST_KNOWN:
            notes.append((said, "left out", f"it has {values.notna().sum()} values"))
            return {}
        notes += [(said, *part) for part in without]
        _warn_of_code(said, values.dropna(), notes)
        if _reads_as_dates(values.dropna()):
            why = "may be dates in one number, taken as a number; write 2026-12-31"
            notes.append((said, "warning", why))
        return {name: values}
    no_date = ~gap & ~column.str.contains(r"\d.*[-/., ].*\d", regex=True)
    if 0 < no_date.sum() <= 0.1 * (~gap).sum() and dates(column.mask(no_date, "")):
        example = column[no_date].iloc[0]
        notes.append((said, "left out", f"dates, but for texts such as {example!r}: mend these"))
        return {}
    unlike = ~gap & column.str.fullmatch(f"{BEFORE}{NUMBER}{AFTER}")
    if not codes.any() and unlike.sum() >= 0.9 * (~gap).sum():
        notes.append((said, "warning", "numbers with something behind them: taken as words"))
    mixed = ""
    if not codes.any() and values.notna().sum() >= FEWEST_KNOWN:
        example = column[strange].iloc[0]
        mixed = f"{values.notna().sum()} numbers beside texts such as {example!r}"
    words = column.where(column != "", np.nan)
    if words.nunique() > len(words) / 2:
        why = "nearly every row has a text of its own" + (mixed and f"; {mixed}")
        notes.append((said, "left out", why))
        return {}
    if mixed:
        notes.append((said, "words", mixed))
    if twins := _twins(words):
        why = f"{twins[0]!r} and {twins[1]!r} are taken as two words: are they one?"
        notes.append((said, "warning", why))
    if codes.any():
        notes.append((said, "words", "leading zeros: taken as names, not as numbers"))
    if words.nunique() > MOST_WORDS:
        joined = f"different texts; all but {MOST_WORDS - 1} are joined"
        notes.append((said, words.nunique(), joined))
    return {name: words.astype(object)}


def _warn_of_code(said: str, known: pd.Series, notes: list) -> None:
    """Say which end of the numbers looks like a mark for a gap: nines, and far from the rest."""
    for end in (known.min(), known.max()):
        rest = known[known != end]
        nines = re.fullmatch("-?9+", f"{end:.0f}") and end == round(end)
        if nines and rest.nunique() > (abs(end) < 10) + 1 and abs(end - rest).min() > np.ptp(rest):
            why = f"{end:.0f}, far from the others: does it mark a gap? Kept"
            notes.append((said, int((known == end).sum()), why))


def _reads_as_dates(known: pd.Series) -> bool:
    """Is each number a day or month as in 20261231 or 202612, of this century or the last?"""
    if known.nunique() < FEWEST_KNOWN or (known != known.round()).any():
        return False
    if not known.between(190001, 209912).all() and not known.between(19000101, 20991231).all():
        return False
    form = "%Y%m" if known.iloc[0] < 10**6 else "%Y%m%d"
    return pd.to_datetime(known.astype(int).astype(str), format=form, errors="coerce").notna().all()


def _warn_of_copies(X: pd.DataFrame, y: pd.Series, classes: bool, notes: list) -> None:
    """Say which columns tell the target by themselves."""
    for name in X:
        column = X[name]
        numeric = pd.api.types.is_numeric_dtype(column)
        if classes:
            told = column.notna().all() and column.nunique() <= 2 * y.nunique() and (
                y.groupby(column).nunique() == 1
            ).all()  # fmt: skip
        else:
            told = numeric and column.nunique() > 1 and abs(column.corr(y)) > 0.9999
        if told:
            why = "tells the target by itself: is it the target under another name?"
            notes.append((f"column {name!r}", "warning", why))
