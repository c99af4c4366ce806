"""Read a table from a file as text, and say how it was taken."""

import csv
import io
import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

BUNDLED = {
    "diabetes": lambda: load_diabetes(as_frame=True, scaled=False).frame,
    "iris": lambda: load_iris(as_frame=True).frame,
    "wine": lambda: load_wine(as_frame=True).frame,
    "breast_cancer": lambda: load_breast_cancer(as_frame=True).frame,
}
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blanks"}
CURRENCY = "$€£¥"
DASHES = "\u2212\u2013"  # minus signs, as books set them
SIGN = f"[-+{DASHES}]?"
# What may stand before a number or behind it.
BEFORE = rf"(?:(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|JPY|CNY|INR|CAD|AUD) |[{CURRENCY}] ?)?"
AFTER = rf"(?: ?(?:[^\W\d_]|[°%{CURRENCY}])[^\s,;]*)?"
MISSING = {
    "", "na", "n/a", "nan", "null", "none", "?", "-", "--", ".",
    "#n/a", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!",  # of spreadsheets
}  # fmt: skip


class Refused(ValueError):
    """A table, or a choice, that cannot be used; the text says why, and what to do."""

    def _render_traceback_(self) -> list[str]:
        """In a notebook the sentence alone is shown."""
        return [str(self)]


class Table(NamedTuple):
    """Columns of text (an empty text is a gap), and what was noticed on the way."""

    frame: pd.DataFrame
    notes: list[tuple[str, object, str]]
    decimal: str = "."


def read(data, header: bool = True) -> Table:
    """Read a bundled set by its name, a DataFrame, a file of separated text, or an Excel sheet.

    Raises
    ------
    Refused
        If there is no such file, it cannot be read as a table, its rows have other numbers of
        fields than its header, or its first row looks like data and ``header`` is true.
    """
    if isinstance(data, pd.DataFrame):
        return _with_decimal(_texts(data), _given_as_text(data), _index_left_out(data))
    if not isinstance(data, (str, Path)):
        raise Refused(f"DATA must be a DataFrame or the name of a file, got {type(data).__name__}")
    if data in BUNDLED:
        return Table(_texts(BUNDLED[data]()), [])
    path = Path(data).expanduser()
    if not path.is_file():
        raise Refused(f"DATA: no file {str(data)!r}, and bundled are {list(BUNDLED)}")
    if path.suffix.lower() in (".xlsx", ".xls", ".xlsm", ".ods"):
        return _sheet(path, header)
    notes = []
    text = _decoded(path, notes)
    if told := re.match("sep=(.)\r?\n", text):  # what Excel reads as the separator
        text = text[told.end() :]
    separator = _separator(text, path)
    if separator != ",":
        notes.append(("separator", SEPARATORS[separator], "found in every row"))
    rows = [row for row in _split(text, separator, path, strict=True) if any(row)]
    names, rows = _header(rows, header, path, notes)
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    decimal = _decimal(frame, separator)
    if decimal == ",":
        notes.append(("decimal comma", "", "1,5 is taken as one and a half"))
    return Table(_without_index(frame, notes, header), notes, decimal)


def _index_left_out(frame: pd.DataFrame) -> list:
    """A note on an index that seems to hold more than the rows' numbers."""
    index = frame.index
    if index.names == [None] and pd.api.types.is_integer_dtype(index.dtype):
        return []
    return [("index", "left out", "reset_index() would make it a column")]


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    """A DataFrame as it would stand in a file."""
    if frame.columns.nlevels > 1:
        raise Refused("DATA: the columns have names in several levels; give each one name")
    _refuse_twins(frame.columns.map(str))
    texts = frame.map(_text)
    texts = texts.astype(object).where(frame.notna(), "")
    return texts.rename(columns=str).reset_index(drop=True)


def _text(value) -> str:
    if isinstance(value, datetime) and not pd.isna(value):
        # Of zones that differ, or change with the season, only UTC keeps the order.
        value = value.astimezone(UTC) if value.tzinfo else value
        return f"{value:%Y-%m-%d %H:%M:%S}"
    text = repr(float(value)) if isinstance(value, float) else str(value).strip()
    # A number's own point stands before no thousands, whatever signs the texts beside it have.
    is_float = isinstance(value, float) and re.fullmatch(r"-?\d+\.\d{3}", text)
    return f"{text}e0" if is_float else text


def _refuse_twins(names) -> None:
    twins = pd.Index(names)[pd.Index(names).duplicated()]
    if len(twins):
        raise Refused(f"DATA: two columns are called {twins[0]!r}; give each a name of its own")


def _sheet(path: Path, header: bool) -> Table:
    try:
        frame = pd.read_excel(path, header=None, keep_default_na=False, dtype=object)
    except ImportError as error:
        raise Refused(f"DATA: to read {path.name!r}, {error}; or save the sheet as CSV") from None
    except Exception as error:
        raise Refused(f"DATA: {path.name!r} cannot be read as a sheet: {error}") from None
    notes = [("sheet", "the first", "of the workbook")]
    rows = _texts(frame.replace({None: ""})).to_numpy().tolist()
    names, rows = _header([row for row in rows if any(row)], header, path, notes)
    frame = _without_index(pd.DataFrame(rows, columns=names, dtype=object), notes, header)
    return _with_decimal(frame, frame, notes)


def _given_as_text(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.map(lambda value: value.strip() if isinstance(value, str) else "")


def _with_decimal(frame: pd.DataFrame, written: pd.DataFrame, notes: list) -> Table:
    """The table, its decimal sign told by the numbers that somebody wrote as text."""
    decimal = _decimal(written, ";")
    if decimal == ",":
        notes.append(("decimal comma", "", "1,5 is taken as one and a half"))
    return Table(frame, notes, decimal)


def _split(text: str, sign: str, path: Path, strict: bool = False) -> list[list[str]]:
    lines = io.StringIO(text, newline=None)
    reader = csv.reader(lines, delimiter=sign, skipinitialspace=True, strict=strict)
    try:
        return [[field.strip() for field in row] for row in reader]
    except csv.Error as error:
        raise Refused(f"DATA: {path.name!r}, line {reader.line_num}: {error}; is a quote not "
                      "closed?") from None  # fmt: skip


def _decoded(path: Path, notes: list) -> str:
    content = path.read_bytes()
    if not content.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n,;|"):
        raise Refused(f"DATA: {path.name!r} is empty")
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    if not marked and b"\0" in content[:4096]:
        raise Refused(f"DATA: {path.name!r} is no text file; save the table as CSV in UTF-8")
    try:
        return content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        notes.append(("encoding", "Windows-1252", "it is not UTF-8: look at accents and signs"))
        return content.decode("cp1252", errors="replace")


def _separator(text: str, path: Path) -> str:
    """The sign that splits the first rows into the same number of fields, the more the better."""
    head = "\n".join(text.splitlines()[:50])
    widths = {}
    for sign in SEPARATORS:
        if sign == " " and any(same == 1 for same, _ in widths.values()):
            continue  # blanks only where no other sign fits
        rows = [row for row in _split(head, sign, path) if row]
        width = len(rows[0])
        same = sum(len(row) == width for row in rows) / len(rows)
        if width > 1:
            widths[sign] = (same, width)
    if not widths:
        raise Refused(f"DATA: {path.name!r} has one column only; is it separated by , ; or tabs?")
    return max(widths, key=widths.get)


def _header(rows: list[list[str]], header: bool, path: Path, notes: list):
    """The names of the columns and the rows below, all of one length."""
    if not rows:
        raise Refused(f"DATA: {path.name!r} is empty")
    names = rows[0]
    if not header:
        names = [f"column {i + 1}" for i in range(len(rows[0]))]
    elif _looks_like_data(rows):
        raise Refused(
            f"DATA: the first row of {path.name!r} looks like data ({', '.join(names[:4])} …); "
            "give it a header, or say HEADER = False: then columns are called column 1, column 2, …"
        )
    body = rows[1:] if header else rows
    for number, row in enumerate(body, start=2 if header else 1):
        if len(row) != len(names):
            raise Refused(
                f"DATA: {path.name!r}: row {number} has {len(row)} fields and the header "
                f"{len(names)}; a name for the first column may be missing, or a quote"
            )
    names = [name or f"column {i + 1}" for i, name in enumerate(names)]
    _refuse_twins(names)
    again = sum(row == names for row in body)
    if again:
        notes.append(("rows", again, "the header once more, left out"))
    return names, [row for row in body if row != names]


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _looks_like_data(rows: list[list[str]]) -> bool:
    """Are there numbers among the names, over columns of numbers? Years in a row may be."""
    found = []
    for i, name in enumerate(rows[0]):
        below = [row[i] for row in rows[1:101] if len(row) > i]
        if _is_number(name) and sum(map(_is_number, below)) > 0.8 * len(below):
            found.append(float(name.replace(",", ".")))
    steps = {b - a for a, b in pairwise(found)}
    return bool(found) and not (len(found) > 2 and len(steps) == 1)


def _decimal(frame: pd.DataFrame, separator: str) -> str:
    """The sign before the fraction of a number; 1,234 alone tells none, nor what stands before
    letters, such as 2.0b."""
    alike = str.maketrans("23456789", "1" * 8)  # which digit it is, does not matter
    fields = pd.Series(frame.to_numpy().ravel(), dtype=object).str.translate(alike)
    fields = pd.Series(fields.unique(), dtype=object)

    def some(pattern: str) -> bool:
        return bool(fields.str.fullmatch(SIGN + pattern).any())

    def with_unit(pattern: str) -> bool:
        return bool(fields.str.fullmatch(f"{BEFORE}{SIGN}{pattern}{AFTER}").any())

    commas = some(r"(\d+,(\d{1,2}|\d{4,})|0,\d+)")
    points = some(r"(\d+\.(\d{1,2}|\d{4,})|0\.\d+)")
    if commas and not points:
        return ","
    if separator != "," and not points and not commas:
        if some(r"[1-9]\d{0,2}(\.\d{3}){2,}"):
            return ","
        if with_unit(r"[1-9]\d{0,2}\.\d{3}") and some(r"[1-9]\d{0,2}"):
            raise Refused("DATA: 1.234 may be a thousand or one and a bit, and no other number "
                          "tells which; write it without the point")  # fmt: skip
    thousands = separator == "," or points or some(r"[1-9]\d{0,2}(,\d{3}){2,}")
    if not thousands and with_unit(r"[1-9]\d{0,2},\d{3}"):
        raise Refused("DATA: 1,234 may be a thousand or one and a bit, and no other number tells "
                      "which; write it without the comma, or with a point")  # fmt: skip
    return "."


def _without_index(frame: pd.DataFrame, notes: list, header: bool) -> pd.DataFrame:
    """Without a first column that only numbers the rows, in whatever order they are, and has no
    name of its own."""
    first, counts = str(frame.columns[0]), frame.iloc[:, 0].astype(str).tolist()
    unnamed = first in ("column 1", "Unnamed: 0", "index", "rownames", "X")
    if unnamed and counts in [[str(start + i) for i in range(len(frame))] for start in (0, 1)]:
        notes.append((f"column {first!r}", "left out", "it counts the rows"))
        return frame.iloc[:, 1:]
    nameless = header and first in ("column 1", "Unnamed: 0")
    if nameless and all(map(str.isdecimal, counts)) and len(set(counts)) == len(counts):
        why = "no name, and a whole number of its own in each row: an index"
        notes.append((f"column {first!r}", "left out", why))
        return frame.iloc[:, 1:]
    return frame
