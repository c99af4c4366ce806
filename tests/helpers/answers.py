"""Answers to every exercise: right ones of several forms, and wrong ones that people give.

An answer is the code of its cell. A wrong one stands with words of the message that it should get.
"""
# ruff: noqa: E501 (an answer on a line of its own is easier to read than one cut in pieces)

FOREST = "RandomForestRegressor(random_state=42)"
OTHER = "RandomForestRegressor(random_state=0)"


def gains(ours, theirs, splits="range(10)", end=""):
    """Exercise 1.1, with one loss less another for each split."""
    return f"gain = [{ours} - {theirs} for split in {splits}]{end}"


def holdout(split="split", knobs="", forest=FOREST, score="rmse", scaled=True):
    """One forest's score on one split."""
    return f"Holdout({forest}, *load_split({split}, scaled={scaled}))({knobs})['{score}']"


LEAF = "min_samples_leaf=5"
BY_HAND = """
def leaky(X, y):
    rows = np.arange(len(y))
    kept = strongest(X, y)
    return np.mean([r2(X[:, kept], y, rows % 60 // 12 == fold) for fold in range(5)])


def honest(X, y):
    scores = []
    for fold in range(5):
        held = np.arange(len(y)) // 12 == fold
        scores.append(r2(X[:, strongest(X[~held], y[~held])], y, held))
    return sum(scores) / 5


def strongest(X, y):
    return np.argsort([-abs(np.corrcoef(column, y)[0, 1]) for column in X.T])[:10]


def r2(X, y, held):
    X = np.column_stack([np.ones(len(y)), X])
    weights = np.linalg.lstsq(X[~held], y[~held], rcond=None)[0]
    errors = y[held] - X[held] @ weights
    return 1 - np.sum(errors**2) / np.sum((y[held] - y[held].mean()) ** 2)
"""
PIPED = """
def chosen(score=f_regression, k=10):
    return make_pipeline(SelectKBest(score, k=k), LinearRegression())


def leaky(X, y):
    kept = SelectKBest(f_regression, k=10).fit(X, y).get_support()
    return cross_val_score(LinearRegression(), X[:, kept], y, cv=5).mean()


def honest(X, y):
    return cross_val_score(chosen(), X, y, cv=5).mean()
"""
LOWER = "def lower_bound(mean, sd, kappa):\n    return mean - kappa * sd\n\n"
CHOICES = "choices = [7, 9, 9, 10]"
CLIMB = """
def around(here, space):
    found = []
    for trees, depth in FOUR:
        near = {"n_estimators": here["n_estimators"] + trees, "max_depth": here["max_depth"] + depth}
        if INSIDE:
            found.append(near)
    return found


def hill_climbing(space, seed):
    darts = random_search(space, seed, batch=1)
    while True:
        (here,) = next(darts)
        (loss,) = yield [here]
        while True:
            near = around(here, space)
            losses = yield near
            if CEASE:
                break
            place = CHOICE
            here, loss = near[place], losses[place]
"""
STEPS = "[(50, 0), (-50, 0), (0, 1), (0, -1)]"
WITHIN = "all(space[name].low <= near[name] <= space[name].high for name in space)"


def climb(four=STEPS, inside=WITHIN, cease="min(losses) >= loss", choice="np.argmin(losses)"):
    """Exercise 5.1, with one of its parts in another way."""
    code = CLIMB.replace("FOUR", four).replace("INSIDE", inside)
    return code.replace("CEASE", cease).replace("CHOICE", choice)


LATIN = """
def latin_search(space, seed, n):
    rng = np.random.default_rng(seed)
    slices = [rng.permutation(n) for _ in space]
    batch = []
    for places in zip(*slices):
        shares = [(place + rng.random()) / n for place in places]
        batch.append({
            name: knob.low + int(share * (knob.high - knob.low + 1))
            for (name, knob), share in zip(space.items(), shares)
        })
    yield batch
"""
LATIN_TABLE = """
def latin_search(space, seed, n):
    low = np.array([knob.low for knob in space.values()])
    high = np.array([knob.high for knob in space.values()])
    points = qmc.LatinHypercube(d=len(space), rng=seed).random(n=n)
    whole = np.floor(qmc.scale(points, low, high + 1)).astype(int)
    yield pd.DataFrame(whole, columns=list(space)).to_dict("records")
"""


def changed(code, old, new):
    """The code with one part in another way."""
    assert old in code, old
    return code.replace(old, new)


def duel(one, other, extra=""):
    """Exercise 9.1: two searches, each with its trials and column."""
    return f"duel = compare_pairs(after('lengths', *{one}), after('lengths', *{other}){extra})"


def race(one="'Bayesian', 49, 'value'", other="'TPE', 49, 'value'", name="friedman1"):
    """Exercise 6.1: the same."""
    pair = f"after('{name}', {one}), after('{name}', {other})"
    return f"duel = compare_pairs({pair}, margin=MARGIN['{name}'])"


PLAN = """
sd, margin = verdicts("forest", 25, "loss").loc["Sobol", "sd"], MARGIN["forest"]
runs_to_see = pairs_needed(margin, sd, confidence=1 - 0.05 / 8)
runs_for_tie = pairs_needed(0, sd, confidence=1 - 0.05 / 8, margin=margin)
"""
PLACES = 'places = pool["trees_9"].rank(pct=True)[top]\n'
STOPS = (
    "rows = load_trials('stops').query(\"problem == 'diabetes' and learning_rate == 0.1\")\n"
    "ends = rows.pivot(index='seed', columns='patience', values='rounds')\n"
)
AT = "mean_curve('{}', {}{}).idxmin()"
SLOW, FAST = AT.format("cancer", 0.05, ""), AT.format("cancer", 0.2, "")
UPPER = "upper = at_random['six'].query('max_features > 0.5')\n"

ANSWERS = {
    "1.1": {
        "right": [
            gains(holdout(), holdout(knobs=LEAF)),
            # With `scaled=False`, as the chapter's own cell of 30 splits does it (here where it counts).
            gains(
                holdout(scaled="split in range(1, 9)"),
                holdout(knobs=LEAF, scaled="split in range(1, 9)"),
            ),
            gains(holdout(), holdout(knobs=LEAF), end="\ngain = pd.Series(gain, index=range(10))"),
            gains(holdout(), holdout(knobs=LEAF), end="\ngain = tuple(gain)"),
            f"default = np.array([{holdout()} for split in range(10)])\n"
            f"theirs = np.array([{holdout(knobs=LEAF)} for split in range(10)])\n"
            "gain = default - theirs",
        ],
        "wrong": {
            gains(holdout(knobs=LEAF), holdout()): "default minus theirs",
            gains(
                holdout(), holdout("9 - split", LEAF)
            ): r"both forests on its rows.*; yours is -?\d",
            gains(
                holdout(), holdout(knobs=LEAF), end="\ngain = [np.mean(gain)] * 10"
            ): "before any",
            gains(holdout(), holdout(knobs=LEAF), end="\ngain = np.mean(gain)"): "each split",
            gains(holdout(), holdout(knobs=LEAF), "range(9, -1, -1)"): "split 0",
            gains(holdout(), holdout(knobs=LEAF), "range(9)"): "ten numbers",
            gains(holdout("0"), holdout("0", LEAF)): r"`load_split\(split\)`",
            gains(holdout(score="r2"), holdout(knobs=LEAF, score="r2")): "not in R²",
            gains(holdout(knobs=LEAF, score="r2"), holdout(score="r2")): "not in R²",
            gains(holdout(), holdout("split + 1", LEAF), "range(9)", " + [1.0]"): "split 0",
            # Another seed than the task's.
            gains(holdout(forest=OTHER), holdout(knobs=LEAF, forest=OTHER)): "seed 42; yours is",
            "gain = {split: 1.0 for split in range(10)}": "ten numbers",
        },
    },
    "1.2": {
        "right": [
            "enough = 100",
            "enough = max(n for n in (10, 25, 50, 100) if "
            "np.std([rmse_of(s, n) for s in range(10)], ddof=1) < 0.8)",
            "table = pd.DataFrame({n: [rmse_of(s, n) for s in range(10)] for n in (10, 25, 50, 100)})\n"
            "enough = (table.std() < 0.8).idxmax()",
            "enough = float(np.array([10, 25, 50, 100])[-1])",
        ],
        "wrong": {
            "enough = 10": "10 trees: .* is too noisy",
            "enough = 25": "too noisy",
            # The standard error in place of the standard deviation.
            "enough = next(n for n in (10, 25, 50, 100) if "
            "pd.Series([rmse_of(s, n) for s in range(10)]).sem() < 0.8)": "too noisy",
            "enough = 50": "too noisy",
            "enough = np.std([rmse_of(s, 100) for s in range(10)])": "numbers of trees",
            "enough = 75": "one of the four",
            "enough = '100'": "one of the four",
        },
    },
    "2.1": {
        "right": [
            "fits = 60_000",
            "fits = float(np.prod([20, 20, 6, 5, 5]))",
            "fits = np.int64(20 * 20 * 6 * 5) * 5",
            "fits = 0\nfor _ in ParameterGrid(full | {'a': range(6), 'b': range(5)}):\n    fits += 5",
        ],
        "wrong": {
            "fits = len(ParameterGrid(full)) * 6 * 5": "every fold",
            "fits = len(ParameterGrid(full)) * (6 + 5) * 5": "multiply",
            "fits = len(ParameterGrid(full)) * (6 + 5)": "multiply",
            "fits = len(ParameterGrid(full)) * 5": "settings times folds",
            "fits = len(ParameterGrid(full)) * 6 * 5 * 5 + 1": "no more",
            "fits = len(full) * 6 * 5 * 5": "settings times folds",
            "fits = '60000'": "a number",
            # One forest a depth, as the map does it, with folds and without.
            "fits = 20 * 6 * 5 * 5": "without the saving of the map",
            "fits = 20 * 6 * 5": "without the saving of the map",
            "fits = 20 * 20 * 5": r"yours is 2000",
            "fits = [12_000, 5]": "one number",
        },
    },
    "2.2": {
        "right": [
            "mine = sweep(Lookup(surface), grid_search({'n_estimators': [1000],"
            " 'max_depth': range(1, 21)}), progress=False)",
            "mine = sweep(Lookup(surface), grid_search({'n_estimators': [300, 600],"
            " 'max_depth': list(range(1, 13))}), progress=False)",
            "look_up = Lookup(surface)\nrows = []\nfor depth in range(1, 21):\n"
            "    at = {'n_estimators': 500, 'max_depth': depth}\n"
            "    rows.append(at | look_up(**at))\nmine = pd.DataFrame(rows)",
            "grid = [{'n_estimators': 700, 'max_depth': d} for d in np.arange(1, 21).tolist()]\n"
            "mine = sweep(Lookup(surface), (b for b in [grid]), progress=False)",
        ],
        "wrong": {
            "mine = even": r"^\d+\.\d\d is no better than .* which knob needs more values",
            "mine = sweep(Lookup(surface), grid_search({'n_estimators': range(50, 1001, 50),"
            " 'max_depth': [10]}), progress=False)": "which knob needs more values",
            "mine = grid_results": "at most 25 trials; yours are 400",
            "mine = sweep(Lookup(surface), grid_search({'n_estimators': [20],"
            " 'max_depth': range(1, 21)}), progress=False)": "50 to 1000 trees",
            "mine = best(sweep(Lookup(surface), grid_search({'n_estimators': [500],"
            " 'max_depth': range(1, 21)}), progress=False))": "the table that `sweep` returns",
            "mine = {'n_estimators': [500], 'max_depth': range(1, 21)}": "`sweep` returns",
            "mine = grid_results.sample(25, random_state=0)": "a grid",
        },
    },
    "3.1": {
        "right": [
            LATIN,
            LATIN_TABLE,
            changed(LATIN, "    yield batch", "    yield tuple(batch)"),
            changed(LATIN, "int(share *", "np.floor(share *"),
        ],
        "wrong": {
            changed(LATIN, "    yield batch", "    return batch"): "not `return`",
            changed(
                LATIN, "    yield batch", "    for one in batch:\n        yield [one]"
            ): "one batch",
            changed(
                LATIN, "    yield batch", "    while True:\n        yield batch"
            ): "then the gen",
            changed(LATIN, "knob.low + 1)", "knob.low)"): "each exactly once",
            changed(LATIN, "int(share * (knob.high - knob.low + 1))", "share * 19"): "an integer",
            changed(LATIN, "default_rng(seed)", "default_rng()"): "the seed decides",
            changed(LATIN, "default_rng(seed)", "default_rng(0)"): "the seed decides",
            changed(LATIN, "rng.permutation(n)", "rng.integers(n, size=n)"): "each exactly once",
            changed(LATIN, "(place + rng.random()) / n", "rng.random()"): "each exactly once",
            changed(LATIN, "knob.low + int", "1 + int"): "50 to 1000",
            changed(LATIN_TABLE, "random(n=n)", "random(n=n - 1)"): "all n settings",
            changed(LATIN_TABLE, '.to_dict("records")', ".values.tolist()"): "a setting is a dict",
        },
    },
    "3.2": {
        "right": [
            "trials_needed = 459",
            "trials_needed = np.ceil(np.log(0.01) / np.log1p(-0.01))",
            "trials_needed = 1\nwhile 0.99**trials_needed > 0.01:\n    trials_needed += 1",
            "trials_needed = np.argmax(1 - 0.99 ** np.arange(1000) >= 0.99)",
        ],
        "wrong": {
            "trials_needed = np.log(0.01) / np.log(0.99)": "whole number",
            "trials_needed = int(np.log(0.01) / np.log(0.99))": r"98\.998% only: take more",
            "trials_needed = int(np.ceil(np.log(0.01) / np.log(0.95)))": "take more",
            "trials_needed = int(np.ceil(np.log(0.05) / np.log(0.99)))": "take more",
            "trials_needed = 60": "take more",
            "trials_needed = 460": r"one trial fewer reaches 99\.00\d%: fewer",
            "trials_needed = '459'": "whole number",
            "trials_needed = [459]": "whole number",
        },
    },
    "4.1": {
        "right": [
            "lower_bound = lambda mean, sd, kappa: mean - kappa * sd\n"
            "choices = [min(depths, key=lambda d: lower_bound(mean, sd, k)[d - 1])"
            " for k in (0, 1, 2, 4)]",
            "def lower_bound(mu, sigma, k):\n    return np.subtract(mu, k * sigma)\n\n"
            "choices = ()\nfor k in (0, 1, 2, 4):\n"
            "    bound = np.where(np.isin(depths, tried), np.inf, lower_bound(mean, sd, k))\n"
            "    choices += (bound.argmin() + 1,)",
            LOWER
            + "bounds = pd.DataFrame({k: lower_bound(mean, sd, k) for k in (0, 1, 2, 4)}, depths)\n"
            "choices = bounds.idxmin().to_numpy()",
        ],
        "wrong": {
            changed(LOWER, "mean - kappa", "mean + kappa") + CHOICES: "less kappa",
            changed(LOWER, "mean - kappa * sd", "kappa * mean - sd") + CHOICES: "less kappa",
            changed(LOWER, "kappa * sd", "kappa * sd**2") + CHOICES: "less kappa",
            # A function that returns the depth, the lowest bound alone, or nothing.
            changed(LOWER, "mean - kappa * sd", "depths[(mean - kappa * sd).argmin()]")
            + CHOICES: "chooses nothing",
            changed(LOWER, "mean - kappa * sd", "min(mean - kappa * sd)")
            + CHOICES: "chooses nothing",
            changed(LOWER, "return ", "") + CHOICES: "returns the bound of each depth",
            LOWER
            + "choices = [int(tried[lower_bound(mean, sd, k)[tried - 1].argmin()]) for k in (0, 1, 2, 4)]": "than depth 5",
            LOWER + "choices = [lower_bound(mean, sd, k).argmin() for k in (0, 1, 2, 4)]": "place",
            LOWER + "choices = [depths[lower_bound(mean, sd, k).argmax()]"
            " for k in (0, 1, 2, 4)]": "lower bound than depth",
            LOWER
            + "choices = [min(lower_bound(mean, sd, k)) for k in (0, 1, 2, 4)]": r"a depth from 1 to 20, not \d+\.",
            LOWER + "choices = 7": "four depths",
        },
    },
    "4.2": {
        "right": [
            "checked = lambda depth, seed: by_seed.loc[depth, deal(seed)[1][:5]].mean()",
            "def checked(depth, seed):\n    _, fresh = deal(seed)\n"
            "    return sum(by_seed[s][depth] for s in fresh[-5:]) / 5",
            "def checked(depth, seed):\n"
            "    fresh = np.random.default_rng(seed).choice(deal(seed)[1], 5, replace=False)\n"
            "    return float(np.mean(by_seed.to_numpy()[depth - 1, fresh]))",
        ],
        "wrong": {
            "def checked(depth, seed):\n"
            "    return by_seed.loc[depth, deal(seed)[0][:5]].mean()": "took part",
            "def checked(depth, seed):\n    return by_seed.loc[depth, deal(seed)[1]].mean()": "twenty",
            "def checked(depth, seed):\n    return by_seed.loc[depth, deal(seed)[1][0]]": "noisier",
            "def checked(depth, seed):\n"
            "    return by_seed.loc[depth, deal(seed)[1][:5]].min()": r"near the worth.* yours is 5\d\.\d\d",
            "def checked(depth, seed):\n    return by_seed.loc[depth, deal(seed)[1][:5]]": "one number",
            "def checked(depth, seed):\n"
            "    by_seed.loc[depth, deal(seed)[1][:5]].mean()": "one number for each search",
            "def checked(depth, seed):\n"
            "    by_seed.loc[depth, deal(seed)[1][:5]].mean()\n    return np.nan": "one number",
            "def checked(depth, seed):\n"
            "    return by_seed.loc[depth, deal(seed)[1][:5]].sum()": "near the worth",
            "def checked(depth, seed):\n    return noisy_search(seed)[1]": "near the worth",
            "def checked(depth, seed):\n    return by_seed.loc[depth].mean()": "five forests",
        },
    },
    "5.1": {
        "right": [
            climb(),
            climb(
                inside="near['n_estimators'] in range(50, 1001) and near['max_depth'] in range(1, 21)"
            ),
            climb(
                "reversed([(50, 0), (-50, 0), (0, 1), (0, -1)])", choice="losses.index(min(losses))"
            ),
            changed(
                climb(cease="not any(new < loss for new in losses)"),
                "            losses = yield near",
                "            losses = []\n            for one in near:\n"
                "                losses += yield [one]",
            ),
        ],
        "wrong": {
            climb(cease="min(losses) < loss"): "all neighbours",
            climb(inside="True"): r"all neighbours of \[\d.*, not \[\[",
            climb("[(50, 0), (-50, 0), (0, 1)]"): "all neighbours",
            climb("[(50, 1), (50, -1), (-50, 1), (-50, -1)]"): "all neighbours",
            climb(choice="np.argmax(losses)"): "all neighbours",
            climb(choice="next(i for i, new in enumerate(losses) if new < loss)"): "all neighbours",
            changed(
                climb(), "    while True:\n        (here,)", "    if True:\n        (here,)"
            ): "ends",
            changed(
                climb(),
                "        (here,) = next(darts)",
                "        (here,) = next(random_search(space, seed, batch=1))",
            ): "other settings",
            "def hill_climbing(space, seed):\n    yield from random_search(space, seed)": "neighbours",
        },
    },
    "5.2": {
        "right": [
            "zero_share = lambda h: 1 - 2 * h",
            "def zero_share(h):\n    return max(0, np.float64(1) - h / 0.5)",
            "def zero_share(h):\n    return np.mean(loss_at(places - h) == loss_at(places + h))",
            "zero_share = np.poly1d([-2, 1])",
        ],
        "wrong": {
            "def zero_share(h):\n    return 1 - h": "measured share",
            "def zero_share(h):\n    return 2 * h": "measured share",
            "def zero_share(h):\n    return 1 - 4 * h": "measured share",
            "def zero_share(h):\n    return 0.4": "measured share",
            "def zero_share(h):\n    1 - 2 * h": "returns one share, not None",
            "def zero_share(h):\n    return 100 * (1 - 2 * h)": "measured share",
            "def zero_share(h):\n    return loss_at(places + h) == loss_at(places - h)": "one share",
            "def zero_share(h):\n    return [1 - 2 * h]": "one share",
        },
    },
    "6.1": {
        "right": [
            race(),
            "pair = {n: after('friedman1', n, 49, 'value') for n in ('Bayesian', 'TPE')}\n"
            "duel = compare_pairs(pair['Bayesian'].tolist(), pair['TPE'].tolist(),"
            " margin=0.002 * acts['friedman1']['loss'].min())",
            "table = pd.DataFrame({n: after('friedman1', n, 49, 'value') for n in ('TPE', 'Bayesian')})\n"
            "duel = compare_pairs(table['Bayesian'].to_numpy(), table['TPE'].to_numpy(),"
            " margin=MARGIN['friedman1'])",
        ],
        "wrong": {
            race("'TPE', 49, 'value'", "'Bayesian', 49, 'value'"): "other way round",
            race("'Bayesian', 49, 'loss'", "'TPE', 49, 'loss'"): "by value",
            race("'Bayesian', 25, 'value'", "'TPE', 25, 'value'"): "after 49 trials",
            race(other="'random', 49, 'value'"): "less TPE",
            race(name="diabetes"): r"friedman1, .* yours is -\d+\.\d{5}",
            race() + ".verdict": "all that `compare_pairs` returns",
            changed(
                race(),
                "after('friedman1', 'TPE', 49, 'value')",
                "after('friedman1', 'TPE', 49, 'value').to_numpy()[::-1]",
            ): "seed by seed",
            changed(
                changed(race(), "'Bayesian', 49, 'value')", "'Bayesian', 49, 'value')[:25]"),
                "'TPE', 49, 'value')",
                "'TPE', 49, 'value')[:25]",
            ): "one pair for each seed",
        },
    },
    "6.2": {
        "right": [
            PLAN,
            "options = {'confidence': 1 - 0.05 / len(RIVALS), 'power': 0.8}\n"
            "sd = verdicts('forest', 25, 'loss')['sd']['Sobol']\n"
            "runs_to_see = float(pairs_needed(MARGIN['forest'], sd, **options))\n"
            "runs_for_tie = np.int64(pairs_needed(0.0, sd, margin=MARGIN['forest'], **options))",
            "gap = after('forest', 'Sobol', 25, 'loss') - after('forest', 'random', 25, 'loss')\n"
            "margin = 0.002 * acts['forest']['loss'].min()\n"
            "runs_to_see, runs_for_tie = (pairs_needed(d, gap.std(), confidence=0.99375, margin=m)"
            " for d, m in ((margin, None), (0, margin)))",
        ],
        "wrong": {
            changed(
                PLAN,
                "pairs_needed(margin, sd",
                "pairs_needed(verdicts('forest', 25, 'loss').loc['Sobol', 'mean'], sd",
            ): "not the seen",
            changed(PLAN, "1 - 0.05 / 8", "0.95"): "the confidence of the table",
            changed(PLAN, '"loss"', '"value"'): r"not \d+; the margin, and the table's sd",
            changed(
                PLAN, "pairs_needed(margin, sd", "pairs_needed(margin, sd / 50**0.5"
            ): r"to see it: not \d; .* the table's sd",
            PLAN + "runs_to_see, runs_for_tie = runs_for_tie, runs_to_see": "other way round",
            PLAN + "runs_for_tie = runs_to_see": "a difference of 0",
            PLAN + "runs_to_see = runs_for_tie = 50": "table's sd",
            PLAN + "runs_to_see = [runs_to_see]": "a number each",
        },
    },
    "7.1": {
        "right": [
            PIPED,
            changed(BY_HAND, "rows % 60 // 12", "rows // 12"),
            "def leaky(X, y):\n"
            "    kept = np.argsort(f_regression(X, y)[1])[:10]\n"
            "    return np.average(cross_val_score(LinearRegression(), X[:, kept], y))\n\n"
            "def honest(X, y):\n    scores = pd.Series(dtype=float)\n"
            "    for i, (train, test) in enumerate(KFold(5).split(X)):\n"
            "        select = SelectKBest(f_regression).fit(X[train], y[train])\n"
            "        line = LinearRegression().fit(select.transform(X[train]), y[train])\n"
            "        scores[i] = line.score(select.transform(X[test]), y[test])\n"
            "    return scores.mean()",
        ],
        "wrong": {
            # The score of the rows that the line was fitted to.
            PIPED
            + "def leaky(X, y):\n    X = SelectKBest(f_regression, k=10).fit_transform(X, y)\n"
            "    return LinearRegression().fit(X, y).score(X, y)": "has not seen",
            PIPED
            + "def honest(X, y):\n    return chosen().fit(X, y).score(X, y)": "inside each fold",
            # No choice of columns.
            PIPED + "def leaky(X, y):\n"
            "    return cross_val_score(LinearRegression(), X, y).mean()": r"leaky: -0\.04, not 0\.50",
            PIPED + "def honest(X, y):\n"
            "    return cross_val_score(LinearRegression(), X, y).mean()": "anew in each",
            # One choice on four fifths of the rows.
            PIPED + "def honest(X, y):\n"
            "    kept = SelectKBest(f_regression, k=10).fit(X[:48], y[:48]).get_support()\n"
            "    return cross_val_score(LinearRegression(), X[:, kept], y).mean()": "each",
            # The score for classes.
            PIPED + "from sklearn.feature_selection import f_classif\n\ndef honest(X, y):\n"
            "    return cross_val_score(chosen(f_classif), X, y > 0).mean()": "f_regression",
            changed(PIPED, "k=10).fit(X, y)", "k=20).fit(X, y)"): "ten columns",
            # Other folds, another sign, another score than the friend's.
            changed(
                PIPED, "y, cv=5).mean()", "y, cv=KFold(5, shuffle=True, random_state=0)).mean()"
            ): r"leaky: 0\.18, .* unshuffled",
            changed(
                PIPED,
                "SelectKBest(f_regression, k=10).fit(X, y).get_support()",
                "np.argsort([np.corrcoef(column, y)[0, 1] for column in X.T])[-10:]",
            ): r"leaky: 0\.11, .* by `f_regression` on all rows",
            changed(
                PIPED, "SelectKBest(f_regression, k=10).fit(X, y)", "SelectKBest().fit(X, y)"
            ): r"leaky: -0\.51, .* by `f_regression`",
            PIPED + "honest = leaky": "inside each fold",
            PIPED + "leaky = honest": "leaky chooses before the folds",
            changed(PIPED, "y, cv=5).mean()", "y, cv=5)"): "the mean of the five",
            PIPED + "def honest(X, y):\n"
            "    return cross_val_score(chosen(), X, y, cv=KFold(5, shuffle=True,"
            " random_state=0)).mean()": "anew in each",
        },
    },
    "7.2": {
        "right": [
            "def typical_best(rows, guessers):\n"
            "    return norm(scale=1 / np.sqrt(rows - 1)).ppf(2 ** (-1 / guessers))",
            "typical_best = lambda n, k: norm.ppf(0.5 ** (1 / k)) / (n - 1) ** 0.5",
            "def typical_best(rows, guessers):\n    low, high = -9, 9\n    for _ in range(60):\n"
            "        middle = (low + high) / 2\n"
            "        below = norm.cdf(middle) ** guessers < 0.5\n"
            "        low, high = (middle, high) if below else (low, middle)\n"
            "    return low / np.sqrt(rows - 1)",
        ],
        "wrong": {
            "def typical_best(rows, guessers):\n"
            "    return norm.ppf(0.5 ** (1 / guessers)) / np.sqrt(rows)": "not one half",
            "def typical_best(rows, guessers):\n"
            "    return norm.ppf(guessers / (guessers + 1)) / np.sqrt(rows - 1)": "not one half",
            "def typical_best(rows, guessers):\n"
            "    return norm.ppf(1 - 1 / guessers) / np.sqrt(rows - 1)": "not one half",
            "def typical_best(rows, guessers):\n"
            "    return norm.ppf(0.5**guessers) / np.sqrt(rows - 1)": "not one half",
            "def typical_best(rows, guessers):\n"
            "    return norm.ppf(0.5 ** (1 / guessers)) / (rows - 1)": "not one half",
            "def typical_best(rows, guessers):\n"
            "    return norm.cdf(0.5 ** (1 / guessers)) / np.sqrt(rows - 1)": "not one half",
            "def typical_best(rows, guessers):\n"
            "    return norm.ppf(0.5 ** (1 / guessers))": "not one half",
            "def typical_best(rows, guessers):\n"
            "    return np.sort(norm.rvs(size=guessers)) / np.sqrt(rows - 1)": "one number",
        },
    },
    "8.1": {
        "right": [
            "going_on = 32 * 2 + 16 * 2 + 8 * 4 + 4 * 8 + 2 * 16 + 1 * 32\nanew = 6 * 64",
            "anew = going_on = before = 0\nn, epochs = 32, 2\nwhile n:\n    anew += n * epochs\n"
            "    going_on += n * (epochs - before)\n    n, epochs, before = n // 2, 2 * epochs, epochs",
            "n, epochs = 2 ** np.arange(5, -1, -1), 2 ** np.arange(1, 7)\nanew = n @ epochs\n"
            "going_on = n @ np.diff(epochs, prepend=0)",
            "going_on, anew = 224.0, 384.0",
        ],
        "wrong": {
            "going_on, anew = 384, 224": "other way round",
            "going_on, anew = 224, 5 * 64": "six rungs",
            "going_on, anew = 192, 384": "half of its epochs already; yours is 192",
            "going_on, anew = 384, 384": "half of its epochs",
            "going_on, anew = trees(32, 2), trees(32, 2, grown_on=False)": "rung by rung, .* each with half of the settings",
            "going_on, anew = 32 * 64, 32 * 64": "rung by rung",
            "going_on, anew = 126, 126": "settings times epochs",
            "going_on, anew = '224', '384'": "settings times epochs",
        },
    },
    "8.2": {
        "right": [
            "keep = 0.55",
            PLACES + "keep = float(np.round(np.sort(places)[18], 2))",
            PLACES
            + "keep = min(k / 100 for k in range(1, 101) if np.mean(places <= k / 100) >= 0.95)",
            "order = pool['trees_9'].argsort()\n"
            "seen = top.to_numpy()[order].cumsum()\n"
            "keep = round((np.argmax(seen >= 0.95 * top.sum()) + 1) / len(pool), 2)",
        ],
        "wrong": {
            "keep = 56": "between 0 and 1",
            "keep = '56 %'": "between 0 and 1",
            "keep = 0.95": r"a smaller share would do: at 0\.94 there stay 100%",
            "keep = [0.55]": "a share",
            "keep = 0.05": "stay: keep more",
            "keep = 1 / 3": "stay: keep more",
            PLACES + "keep = round(places.mean(), 2)": "stay: keep more",
            "keep = 0.54": "stay: keep more",
            "keep = 0.56": "a smaller share",
            "keep = 0.95 * 20 / 400": "stay: keep more",
        },
    },
    "9.1": {
        "right": [
            duel(("Bayesian", 25, "value"), ("random", 50, "value")),
            duel(
                ("Bayesian", 25, "value"),
                ("random", 50, "value"),
                ", margin=0.002 * acts['lengths']['loss'].min()",
            ),
            "pair = [after('lengths', *who, 'value').tolist()"
            " for who in [('Bayesian', 25), ('random', 50)]]\nduel = compare_pairs(*pair)",
            "table = pd.concat([after('lengths', 'Bayesian', 25, 'value'),"
            " after('lengths', 'random', 50, 'value')], axis=1, keys=['few', 'many'])\n"
            "duel = compare_pairs(table['few'], table['many'])",
        ],
        "wrong": {
            duel(("random", 50, "value"), ("Bayesian", 25, "value")): "other way round",
            duel(("Bayesian", 25, "loss"), ("random", 50, "loss")): r"by value.* yours is [+-]\d",
            duel(("Bayesian", 50, "value"), ("random", 50, "value")): "Bayesian search at 25",
            duel(("Bayesian", 25, "value"), ("random", 25, "value")): "random search at 50",
            duel(("TPE", 25, "value"), ("random", 50, "value")): "Bayesian search",
            duel(("Bayesian", 25, "value"), ("random", 50, "value"), ").verdict #"): "all that",
            "duel = compare_pairs(after('lengths', 'Bayesian', 25, 'value').to_numpy(),"
            " after('lengths', 'random', 50, 'value').to_numpy()[::-1])": "seed by seed",
            "duel = compare_pairs(*[after('lengths', *w, 'value')[:10]"
            " for w in (('Bayesian', 25), ('random', 50))])": "each seed",
        },
    },
    "9.2": {
        "right": [
            "first = 'min_samples_leaf'",
            UPPER
            + "shares = importance('six', upper, trees=20)\nfirst = max(dict(shares), key=shares.get)",
            UPPER + "first = importance('six', upper, trees=20).sort_values().index[-1]",
        ],
        "wrong": {
            "first = 'max_features'": r"max_features: \d\.\d% .* another knob has more",
            "first = importance('six', at_random['six'], trees=20).idxmax()": "another knob has more",
            "first = 'max_depth'": "another knob has more",
            "first = 0.42": "the name",
            "first = 1": "the name",
            "first = ['min_samples_leaf']": "the name",
            "first = 'gamma'": "one knob of the forest",
        },
    },
    "10.1": {
        "right": [
            STOPS + "share = (ends[10] == ends[400]).mean()",
            STOPS + "same = [row[10] == row[400] for _, row in ends.iterrows()]\n"
            "share = sum(same) / len(same)",
            STOPS + "short, all_of_it = (rows[rows['patience'] == p].set_index('seed')['rounds']"
            " for p in (10, 400))\nshare = float(np.mean(short.eq(all_of_it)))",
            STOPS + "share = np.isclose(ends[10] - ends[400], 0).sum() / 20",
        ],
        "wrong": {
            STOPS + "share = (ends[10] == ends[400]).sum()": "not their number",
            STOPS + "share = 100 * (ends[10] == ends[400]).mean()": "between 0 and 1",
            STOPS + "share = f'{(ends[10] == ends[400]).mean():.0%}'": "between 0 and 1",
            STOPS + "share = (ends[10] != ends[400]).mean()": "not other ones",
            STOPS.replace(" and learning_rate == 0.1", "").replace("pivot(", "pivot_table(")
            + "share = (ends[10] == ends[400]).mean()": "the same rounds",
            STOPS.replace("diabetes", "cancer")
            + "share = (ends[10] == ends[400]).mean()": r"diabetes.* yours is 0\.\d{3}",
            STOPS + "share = (ends[10] / ends[400]).mean()": "deal by deal|in each deal",
            STOPS + "share = ends[10].isin(ends[400]).mean() / 2": "in each deal",
        },
    },
    "10.2": {
        "right": [
            f"times = {SLOW} / {FAST}",
            "times = best_rounds.loc[0.05, 'cancer'] / best_rounds.loc[0.2, 'cancer']",
            "lowest_at = {}\nfor rate in (0.05, 0.2):\n    curve = mean_curve('cancer', rate)\n"
            "    lowest_at[rate] = curve.index[curve.to_numpy().argmin()]\n"
            "times = lowest_at[0.05] / lowest_at[0.2]",
            f"times = np.float64({SLOW}) * {FAST} ** -1.0",
        ],
        "wrong": {
            f"times = {FAST} / {SLOW}": "divide by those of rate 0.2",
            f"times = {SLOW} - {FAST}": "divide",
            "times = 0.2 / 0.05": r"rounds over rounds.* yours is 4\.000",
            f"times = {AT.format('diabetes', 0.05, '')} / {AT.format('diabetes', 0.2, '')}": "cancer",
            "times = mean_curve('cancer', 0.05, 'valid').idxmin()"
            " / mean_curve('cancer', 0.2, 'valid').idxmin()": "test curve",
            "times = mean_curve('cancer', 0.05).min() / mean_curve('cancer', 0.2).min()": "more rounds",
            f"times = {SLOW}": "rounds over rounds",
            f"times = [{SLOW}, {FAST}]": "one number",
        },
    },
    "11.1": {
        "right": [
            "gain = asynchronous(trees, 8) / asynchronous(sorted(trees, reverse=True), 8)",
            "gain = asynchronous(trees.tolist(), 8) / asynchronous(np.sort(trees)[::-1], 8)",
            "def ends(order):\n    free = [0] * 8\n    for length in order:\n"
            "        i = free.index(min(free))\n        free[i] += length\n    return max(free)\n\n"
            "gain = round(ends(trees) / ends(sorted(trees, key=lambda n: -n)), 3)",
        ],
        "wrong": {
            "gain = asynchronous(sorted(trees, reverse=True), 8) / asynchronous(trees, 8)": "on top",
            "gain = asynchronous(trees, 8) / asynchronous(sorted(trees), 8)": "shortest first",
            "gain = asynchronous(trees, 40) / asynchronous(sorted(trees, reverse=True), 40)": r"8 workers.* yours is 1\.\d{3}",
            "gain = synchronous(trees, 8) / synchronous(sorted(trees, reverse=True), 8)": "asynchronous",
            "gain = asynchronous(trees, 8) - asynchronous(sorted(trees, reverse=True), 8)": "a ratio",
            "gain = asynchronous(trees[:8], 8) / asynchronous(sorted(trees[:8])[::-1], 8)": "all 40",
            "gain = asynchronous(trees, 8), asynchronous(sorted(trees, reverse=True), 8)": "one number",
            "gain = 1 - asynchronous(sorted(trees, reverse=True), 8) / asynchronous(trees, 8)": "a ratio",
        },
    },
    "11.2": {
        "right": [
            "waiting = [1 - trees.sum() / (w * asynchronous(trees, w)) for w in (8, 40)]",
            "waiting = tuple((w * asynchronous(trees, w) - sum(trees)) / (w * asynchronous(trees, w))"
            " for w in (8, 40))",
            "crews = np.array([8, 40])\n"
            "paid = crews * np.array([asynchronous(trees, int(w)) for w in crews])\n"
            "waiting = pd.Series(1 - trees.sum() / paid)",
            "waiting = []\nfor w in (8, 40):\n    free = np.zeros(w)\n    for length in trees:\n"
            "        free[free.argmin()] += length\n"
            "    waiting.append(round(float(np.mean(1 - free / free.max())), 3))",
        ],
        "wrong": {
            "waiting = [trees.sum() / (w * asynchronous(trees, w)) for w in (8, 40)]": "worked",
            "waiting = [1 - trees.sum() / (w * asynchronous(trees, w)) for w in (40, 8)]": "8 workers",
            "waiting = [100 * (1 - trees.sum() / (w * asynchronous(trees, w))) for w in (8, 40)]": "between 0 and 1",
            "waiting = [1 - trees.sum() / (w * synchronous(trees, w)) for w in (8, 40)]": "8 workers",
            "waiting = [1 - trees.sum() / (w * asynchronous(sorted(trees)[::-1], w)) for w in (8, 40)]": "8 workers",
            "waiting = [1 - trees.sum() / (8 * asynchronous(trees, 8))]": "two shares",
            "waiting = [w * asynchronous(trees, w) - trees.sum() for w in (8, 40)]": "between 0 and 1",
            "waiting = [1 - trees.mean() / asynchronous(trees, w) for w in (8, 40)]": r"8 workers.* Not \d+\.\d%",
        },
    },
    "12.1": {
        "right": [
            "smallest = 1 / 36",
            "smallest = 0.028",
            "smallest = 1 / -(-len(BUNDLED['wine']()) // 5)",
            "from fractions import Fraction\n\nsmallest = Fraction(1, 36)",
            "smallest = np.min([1 / len(f) for f in np.array_split(np.arange(178), 5)])",
        ],
        "wrong": {
            "smallest = 1 / 178": "not of all",
            "smallest = 36": "not their number",
            "smallest = 5 / 178": r"whole.*, not 0\.0281",
            "smallest = 1 / 35": "whole",
            "smallest = 1 / 40": "a test fold",
            "smallest = 1 / 5": "a test fold",
            "smallest = 2.8": "a share",
            "smallest = 0.02": "a test fold",
            "smallest = 1 / (178 - 36)": "a test fold",
            "smallest = [1 / 36]": "one number",
        },
    },
    "12.2": {
        "right": [
            "kept = ['size']",
            "kept = ('size',)",
            "kept = {'size'}",
            "kept = checked(read(messy), 'score').X.columns",
        ],
        "wrong": {
            "kept = 'size'": "a list of names",
            "kept = list(messy)": "the target",
            "kept = ['size', 'country']": "a constant column",
            "kept = ['size', 'name']": "names",
            "kept = []": "the numbers survive",
            "kept = ['size', 'score']": "the target",
            "kept = ['size', 'country', 'name']": "a constant",
            "kept = ['Size']": r"the numbers survive.* yours are \['Size'\]",
            "kept = 1": "a list of names",
        },
    },
    "13.1": {
        "right": [
            "n_gains = int((per_table['svm'] > margin).sum())",
            "n_gains = len(per_table[per_table['svm'] > 0.01])",
            "n_gains = float(sum(rows.mean() > margin\n"
            "                    for _, rows in gain.xs('svm', level='learner').groupby('table')))",
            "n_gains = np.count_nonzero(per_table.svm.to_numpy() > 0.01)",
        ],
        "wrong": {
            "n_gains = int((gain.xs('svm', level='learner') > margin).sum())": "one vote",
            "n_gains = (per_table['svm'] > margin).mean()": "not a share",
            "n_gains = int((per_table['svm'] < -margin).sum())": "defaults − tuned",
            "n_gains = int((per_table['svm'] > 0).sum())": r"above 0\.01: not \d+",
            "n_gains = int((per_table['boosting'] > margin).sum())": "above 0.01",
            "n_gains = int((per_table > margin).sum().sum())": "above 0.01",
            "n_gains = per_table['svm'] > margin": "one number",
        },
    },
    "13.2": {
        "right": [
            "chance_of_tie = signed_rank(primary, margin=0.001)[1]",
            "_, chance_of_tie, _ = signed_rank(primary.to_list(), 0.001, prior=0.5)",
            "chance_of_tie = 1 - signed_rank(primary, margin / 10)[[0, 2]].sum()",
            "chance_of_tie = round(float(signed_rank(primary, 0.001, draws=5000)[1]), 2)",
        ],
        "wrong": {
            "chance_of_tie = signed_rank(primary)[1]": "smaller margin",
            "chance_of_tie = signed_rank(primary, margin=0.001)": "one of the three",
            "chance_of_tie = signed_rank(primary, margin=0.001)[0]": r"the middle one .* not 0\.\d{3}",
            "chance_of_tie = 100 * signed_rank(primary, margin=0.001)[1]": "between 0 and 1",
            "chance_of_tie = (primary.abs() < 0.001).mean()": "not the share of the tables",
            "chance_of_tie = verdict(primary)['P(tie)']": "smaller margin",
        },
    },
}
