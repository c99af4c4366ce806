"""Trials on workers, here or on a cluster; one that dies costs its trial, not the sweep."""

import pickle
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from functools import partial
from itertools import islice

from joblib import Parallel, delayed, effective_n_jobs
from joblib.externals.loky import get_reusable_executor
from joblib.parallel import get_active_backend
from sklearn import config_context, get_config

from .identity import in_library
from .trial import Trial, failed, run_trial

PATIENCE = 60  # seconds that a cluster may be without workers before it is given up
# How one's own modules were loaded when workers were last asked for, and who uses workers now.
LOADED: dict[str, object] = {}
USERS: set[object] = set()


def renew() -> None:
    """Let joblib's workers go if a module of one's own was loaded anew since they were last asked
    for: they outlive a sweep, and import a module once."""
    specs = {}
    for name, module in list(sys.modules.items()):
        with suppress(Exception):  # there are odd objects among them
            spec = object.__getattribute__(module, "__dict__")["__spec__"]
            if isinstance(spec.origin, str) and not in_library(spec.origin):
                specs[name] = spec
    changed = any(LOADED.get(name, spec) is not spec for name, spec in specs.items())
    LOADED.update(specs)
    if changed and type(get_active_backend()[0]).__name__ == "LokyBackend":
        get_reusable_executor().shutdown()


def in_use(by, elsewhere: bool) -> ExitStack:
    """Until this is left, nobody else lets the workers go; before, if nobody uses them and they
    run ``elsewhere``, in processes of their own, they are renewed."""
    if elsewhere and not USERS:
        renew()
    USERS.add(by)
    ends = ExitStack()
    ends.callback(USERS.discard, by)
    return ends


def as_here(function):
    """The function, run elsewhere under scikit-learn's configuration and the filters of warnings
    that hold here."""
    return partial(_under, get_config(), warnings.filters, function)


def _under(config: dict, filters: list, function, *arguments):
    with config_context(**config), warnings.catch_warnings():
        warnings.filters = filters
        return function(*arguments)


class Workers(ExitStack):
    """joblib's workers on this machine or, within ``parallel_config(backend="dask")``, a cluster's.

    They are started when there are trials for them, and no more of them than there are trials
    (two for one trial: a single one of joblib's would be this process). Once ``stopped`` is true
    no new trial is handed out.
    """

    def __init__(self, n_jobs: int | None):
        super().__init__()
        self.most, self.size, self.parallel = effective_n_jobs(n_jobs), 0, None
        self.client = getattr(get_active_backend()[0], "client", None)  # Dask's
        self.stopped = False

    def run(self, objective, settings: Mapping[int, dict], minimize: str) -> Iterator[Trial]:
        """The trials as they finish, each once.

        Nobody knows which of the trials under way brought a worker down. So each of them is run
        once more with no other beside it, and whose worker dies again has failed.
        """
        waiting, under_way = list(settings.items())[::-1], {}

        def next_ones():
            while waiting and not self.stopped:
                yield waiting.pop()

        go = self._here if self.client is None else self._on_cluster
        while waiting and not self.stopped:
            try:
                yield from go(objective, next_ones(), len(waiting), under_way, minimize)
            except pickle.PicklingError as error:
                raise TypeError(f"objective cannot be sent to a worker: {error}") from error
            except WorkerDied as died:
                if not under_way:
                    raise RuntimeError(f"no worker takes a trial: {died.__cause__}") from died
                for number, setting in sorted(under_way.items()):
                    self.close()
                    began, alone = time.time(), iter([(number, setting)])
                    try:
                        yield from go(objective, alone, 1, {}, minimize)
                    except WorkerDied as again:
                        yield failed(number, setting, again.__cause__, began)
                under_way.clear()

    def _here(self, objective, pairs, most, under_way, minimize) -> Iterator[Trial]:
        call = delayed(as_here(run_trial) if self.most > 1 else run_trial)

        def calls():
            for number, setting in pairs:
                under_way[number] = setting
                yield call(objective, number, setting, minimize)

        parallel = self._started(most)
        try:
            with closing(parallel(calls())) as finished:
                for trial in finished:
                    del under_way[trial.trial]
                    yield trial
        except pickle.PicklingError:
            raise
        except Exception as error:
            raise WorkerDied from error

    def _started(self, trials: int) -> Parallel:
        size = min(self.most, max(2, trials))
        if self.parallel is None or size > self.size:
            self.close()
            self.enter_context(in_use(self, self.most > 1))
            # One trial at a time: joblib would group quick ones, and a kill cost the whole group.
            parallel = Parallel(size, batch_size=1, return_as="generator_unordered")
            self.parallel, self.size = self.enter_context(parallel), size
            self.callback(setattr, self, "parallel", None)
        return self.parallel

    def _on_cluster(self, objective, pairs, most, under_way, minimize) -> Iterator[Trial]:
        """By Dask's own futures: joblib never hears of a task that the cluster has given up."""
        from distributed import wait

        try:
            self.client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise RuntimeError("the cluster has no workers left") from None
        futures = {}
        self.callback(lambda: self.client.cancel(list(futures)))  # Ctrl-C, say
        while True:
            room = 2 * max(1, sum(self.client.ncores().values())) - len(futures)
            for number, setting in islice(pairs, max(0, room)):
                call = as_here(run_trial), objective, number, setting, minimize
                futures[self.client.submit(*call, pure=False)] = number
                under_way[number] = setting
            if not futures:
                return
            try:
                done = wait(list(futures), timeout=PATIENCE, return_when="FIRST_COMPLETED").done
                trials = [(future, future.result(timeout=PATIENCE)) for future in done]
            except TimeoutError as error:
                if not self.client.ncores():
                    raise WorkerDied from error
                continue
            except Exception as error:
                raise WorkerDied from error
            for future, trial in trials:
                del under_way[futures.pop(future)]
                yield trial


class WorkerDied(Exception):
    """A worker did, or the cluster gave up a trial; its cause says more."""
