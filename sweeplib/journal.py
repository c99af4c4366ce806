"""The journal of a sweep: a line for each finished trial, so that nothing finished is lost.

The first line says which sweep it is. A later call of the same sweep is answered from the lines
that follow; any other call is refused, with the names of what differs. Each line ends with a
checksum of itself.
"""

import json
import math
import os
import re
import sys
import time
import weakref
import zlib
from contextlib import nullcontext, suppress

import numpy as np

from .checks import path_of, plain
from .identity import Parts, content, earlier
from .trial import Trial, described

try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    fcntl = None

PYTHON = "{}.{}".format(*sys.version_info)
LONGEST = 14_000  # bits of a whole number: Python writes no longer one as text
CHECK = b', "check": "'  # what stands before a line's checksum
ENCODER = json.JSONEncoder(ensure_ascii=False)
SAFE = "The trials in it are safe: run the same call again when it can be written"


class Journal:
    """The file of one sweep, held by one writer at a time; a context manager.

    ``finished`` holds the trials of earlier runs by number, until they are asked for; ``began`` is
    when the sweep was first called (seconds since 1970).

    Raises
    ------
    ValueError
        If the file holds another sweep, or a line that is not a trial.
    RuntimeError
        If another sweep is writing it.
    OSError
        If it cannot be written, or is no longer where it was.

    Notes
    -----
    The lock is on the open file itself, so another name of the file makes no second writer. On
    Windows, where this has not been tried, it is on a byte far behind the end.
    """

    def __init__(self, path: str | os.PathLike, identity: Parts):
        self.path = path_of("file", "journal", path)  # absolute: the objective may go elsewhere
        # As it is now, and as another process will see it that begins afresh.
        self.identity, self.known_as = identity, list(earlier(identity))
        self.finished: dict[int, Trial] = {}
        # The last trial of all lines; and all lines of those that have failed, each with the last
        # trial of the lines before it.
        self.last, self.failed = -1, {}
        self.asked: dict[int, dict] = {}  # settings as a line holds them, before they are tried
        self.began = time.time()

    def __enter__(self):
        if os.path.exists(self.path) and not self.path.is_file():
            kind = "a directory" if self.path.is_dir() else "no regular file"
            raise OSError(f"journal: cannot read {self.path}: it is {kind}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise OSError(f"journal: cannot write {self.path}: {error}") from error
        OPEN.add(self)
        try:
            self.opened = os.fstat(self.file)
            self._lock()
            self._read()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        OPEN.discard(self)
        if fcntl:  # a child that was forked off just now may hold the file a little longer
            with suppress(OSError):
                fcntl.flock(self.file, fcntl.LOCK_UN)
        os.close(self.file)

    def _lock(self) -> None:
        try:
            if fcntl:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                os.lseek(self.file, 2**30, os.SEEK_SET)
                msvcrt.locking(self.file, msvcrt.LK_NBLCK, 1)
        except (BlockingIOError, PermissionError):
            raise RuntimeError(f"journal: another sweep is writing {self.path}") from None
        except OSError as error:
            raise OSError(f"journal: cannot write {self.path}: no lock on it: {error}") from error

    def _read(self) -> None:
        """Take in the whole lines, and cut off a last one that a kill has torn."""
        end = 0
        os.lseek(self.file, 0, os.SEEK_SET)
        with open(self.file, "rb", closefd=False) as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n") and (number > 1 or self._is_torn_header(line)):
                    break
                entry = self._parsed(number, line)
                if number == 1:
                    self._compare(entry)
                    self.began = entry["began"]
                else:
                    self.finished[entry.trial] = entry
                    if entry.error or entry.trial in self.failed:
                        self.failed.setdefault(entry.trial, []).append((self.last, entry))
                    self.last = max(self.last, entry.trial)
                end += len(line)
        os.ftruncate(self.file, end)
        os.lseek(self.file, end, os.SEEK_SET)
        if not end:
            self.began = time.time()
            self._append(self._header() | {"began": self.began})

    def _header(self) -> dict:
        return {"sweep": self.known_as[-1], "python": PYTHON}

    def _is_torn_header(self, text: bytes) -> bool:
        ours = _json(self._header())[:-1] + b', "began": '
        rest = rb'[\d.]*(, ?("c?h?e?c?k?"?:? ?"?[0-9a-f]*"?}?)?)?'
        return ours.startswith(text) or bool(re.fullmatch(re.escape(ours) + rest, text))

    def _parsed(self, number: int, line: bytes) -> dict | Trial:
        """The first line as it is, of each other one its trial."""
        body, mark, check = line.rpartition(CHECK)
        try:
            if mark and check == _checksum(body):
                entry = json.loads((body + b"}").decode(errors="surrogatepass"))
                if number > 1:
                    entry["scores"] = _decoded_scores(entry["scores"])
                    return Trial(*[entry[name] for name in Trial._fields])
                _ = entry["sweep"], entry["began"]
                return entry
            old = {"sweep", "began"} <= set(json.loads(line)) and number == 1 and not mark
        except (ValueError, KeyError, TypeError):
            old = False
        if old:
            raise ValueError(
                f"journal: {self.path} was begun by an earlier version of sweeplib, which told "
                "sweeps apart in another way. Finish it with that version, or keep a new journal"
            )
        ends = " (it ends as lines on Windows do)" if line.endswith(b"\r\n") else ""
        raise ValueError(
            f"journal: line {number} of {self.path} is no line of a journal{ends}. Nothing was "
            "changed; mend or remove that line, or keep a new journal"
        )

    def _compare(self, header: dict) -> None:
        was, now = header["sweep"], self.identity
        if was in self.known_as:
            return
        differ = [name for name in {**was, **now} if was.get(name) != now.get(name)]
        said = "; ".join(_difference(name, was.get(name), now.get(name)) for name in differ)
        if header.get("python") != PYTHON:
            said += (
                f". It was begun with Python {header.get('python')}, and this is {PYTHON}: code "
                "cannot be compared between them"
            )
        raise ValueError(f"journal: {self.path} holds another sweep: {said}")

    def known(self, number: int, setting: dict) -> Trial | None:
        """The trial of this number, if it is in the journal; ``ValueError`` if its setting is
        another one, or such as no line can hold."""
        now, trial = encoded_setting(setting), self.finished.pop(number, None)
        if trial is None or trial.error:
            self.asked[number] = now
        if trial is None:
            return None
        was = trial.setting
        if repr(now) != repr(was):  # 1 == True
            raise ValueError(
                f"journal: trial {number} was {was}, the strategy now asks {setting}: keep a new "
                "journal"
            )
        return Trial(number, setting, *trial[2:])

    def told(self, trial: Trial, asked: int) -> Trial:
        """What the strategy was told of a trial by an earlier run that went on behind it, with the
        trial numbered ``asked``; else the trial. For one that failed may have been tried again."""
        if trial.trial not in self.failed or self.last < asked:
            return trial
        before = [was for last, was in self.failed[trial.trial] if last < asked]
        return before[-1] if before else trial

    def fitting(self, trial: Trial) -> Trial:
        """The trial; or, if it has a score that no line can hold, a failed one in its place."""
        try:
            if set(map(type, trial.scores.values())) != {float}:
                _encoded_scores(trial.scores)
        except (TypeError, RecursionError) as error:
            return trial._replace(scores={}, error=described(error))
        return trial

    def write(self, trial: Trial) -> None:
        """Append a finished trial; on the disk when this returns."""
        setting, scores = self.asked.pop(trial.trial), _encoded_scores(trial.scores)
        self._append(trial._asdict() | {"setting": setting, "scores": scores})

    def _append(self, entry: dict) -> None:
        body = _json(entry)[:-1]
        line = body + CHECK + _checksum(body)
        try:
            if not os.path.samestat(self.opened, os.stat(self.path)):
                raise FileNotFoundError
            while line:
                line = line[os.write(self.file, line) :]
            os.fsync(self.file)
        except FileNotFoundError:
            raise OSError(
                f"journal: {self.path} was removed or replaced while it was written"
            ) from None
        except OSError as error:
            raise OSError(f"journal: cannot write {self.path}: {error}. {SAFE}") from error


class NoJournal(nullcontext):
    """Stands in for a journal where none is kept."""

    def __init__(self):
        super().__init__()
        self.began = time.time()

    def known(self, number: int, setting: dict) -> None:
        return None

    def told(self, trial: Trial, asked: int) -> Trial:
        return trial

    def fitting(self, trial: Trial) -> Trial:
        return trial

    def write(self, trial: Trial) -> None:
        """Nothing."""


# The lock is not for processes that are forked off: they would hold it after this one has died.
OPEN: weakref.WeakSet[Journal] = weakref.WeakSet()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: [os.close(journal.file) for journal in OPEN])


def _json(entry) -> bytes:
    return ENCODER.encode(entry).encode(errors="surrogatepass")


def _checksum(body: bytes) -> bytes:
    return b'%08x"}\n' % zlib.crc32(body)


def _difference(name: str, was: str | None, now: str | None) -> str:
    if was is None or now is None or was.startswith("#") or now.startswith("#"):
        return f"{name} differs"
    return f"{name} was {was}, is {now}"


def encoded_setting(setting: dict) -> dict:
    """As a line holds it: values by what they are where JSON can tell, else by a hash of their
    content. ``ValueError`` names a value that cannot be told."""
    kept = {}
    for name, value in setting.items():
        name = str.__str__(name)  # an np.str_ is one, too
        try:
            kept[name] = _encoded(value)
        except (TypeError, RecursionError):
            try:
                kept[name] = {"<content>": content(value), "of": type(value).__qualname__}
            except Exception as error:
                raise ValueError(
                    f"journal: {name}={value!r} cannot be told by its content ({error}): use a "
                    "value that can, such as its name, and let the objective make it"
                ) from error
    return kept


def _encoded(value):
    """As JSON holds it, with a mark where it has no such kind; ``TypeError`` if it has none."""
    value = plain(value)
    kind = type(value)
    if kind is float:
        return {"<nan>": 0} if math.isnan(value) else value
    if kind is int and value.bit_length() > LONGEST:
        raise TypeError("a whole number of thousands of digits cannot be kept in a journal")
    if kind in (str, int, bool, type(None)):
        return value
    if kind is list:
        return [_encoded(held) for held in value]
    if kind is tuple:
        return {"<tuple>": [_encoded(held) for held in value]}
    if kind is dict and all(type(name) is str and name[:1] != "<" for name in value):
        return {name: _encoded(held) for name, held in value.items()}
    if kind is dict:
        return {"<dict>": [[_encoded(name), _encoded(held)] for name, held in value.items()]}
    of_plain = kind is np.ndarray and value.dtype.kind in "biufU"
    # Not if it holds nothing, and is higher than one list within another.
    if of_plain and np.shape(value.tolist()) == value.shape:
        return {"<array>": _encoded(value.tolist()), "dtype": value.dtype.str}
    raise TypeError(f"a {kind.__qualname__} cannot be kept in a journal: return numbers or texts")


def _encoded_scores(scores: dict) -> dict:
    """NaN as null, which other readers know; so None has a mark."""
    return {
        name: {"<none>": 0} if v is None else None if _is_nan(v) else _encoded(v)
        for name, v in scores.items()
    }


def _is_nan(value) -> bool:
    return type(value) is float and math.isnan(value)


def _decoded_scores(scores: dict) -> dict:
    return {name: math.nan if v is None else _decoded(v) for name, v in scores.items()}


def _decoded(value):
    if type(value) is list:
        return [_decoded(held) for held in value]
    if type(value) is not dict:
        return value
    match value:
        case {"<nan>": _}:
            return math.nan
        case {"<none>": _}:
            return None
        case {"<tuple>": held}:
            return tuple(map(_decoded, held))
        case {"<dict>": pairs}:
            return {_decoded(name): _decoded(held) for name, held in pairs}
        case {"<array>": held, "dtype": dtype}:
            return np.array(_decoded(held), dtype=dtype)
    return {name: _decoded(held) for name, held in value.items()}
