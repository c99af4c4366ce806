"""The data every chapter uses, its one train/held-out split, and the stored trials."""

import json
from pathlib import Path

import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split


def load_split(
    random_state: int = 42, *, test_size: float = 0.2, scaled: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]:
    """Load the diabetes data and split it into training and held-out rows.

    442 patients, ten measurements each; the target is a measure of how far the
    disease has progressed one year later (25 to 346; the score has no name for its unit) [1]_.

    Parameters
    ----------
    random_state : int
        Seed of the shuffle. 42 is the book's split; other seeds give the other
        splits that an honest comparison needs.
    test_size : float in (0, 1)
        Share of rows held out.
    scaled : bool
        True gives the columns as scikit-learn ships them: centred and scaled with
        the mean and norm of all 442 rows, held-out ones included. That makes next to no
        difference to trees. For a model that feels scale, such as ridge, take False and put
        the scaling inside a pipeline.

    Returns
    -------
    X_train, X_test : DataFrame of shape (353, 10) and (89, 10)
    y_train, y_test : Series of shape (353,) and (89,)

    References
    ----------
    .. [1] B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, "Least angle
       regression", Annals of Statistics 32 (2004), 407–499.

    Examples
    --------
    >>> X_train, X_test, y_train, y_test = load_split()
    >>> X_train.shape, X_test.shape
    ((353, 10), (89, 10))
    """
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=scaled)
    return tuple(train_test_split(X, y, test_size=test_size, random_state=random_state))


def load_trials(name: str) -> pd.DataFrame:
    """Load trials that the book has stored, such as those of a race that took minutes.

    They are looked for beside the notebook, below ``notebooks/``, beside the sweeplib that is
    imported, and in it, so it does not matter from which folder a notebook is run.

    Parameters
    ----------
    name : str
        The name of the file in ``trials/``, without its ending: "forest", say.

    Returns
    -------
    DataFrame
        One row a trial. Its ``attrs`` say how the trials were made (seeds, versions, date) where
        that is on record.

    Raises
    ------
    FileNotFoundError
        If there are no such trials in any of these places.

    Examples
    --------
    >>> len(load_trials("halving"))
    400
    """
    library = Path(__file__).resolve().parent
    source = library.parent
    places = [Path("."), Path("notebooks"), source / "notebooks", source, library]
    endings = ("csv.gz", "csv")
    for file in (place / "trials" / f"{name}.{end}" for place in places for end in endings):
        if file.is_file():
            trials = pd.read_csv(file)
            record = file.with_name("made.json")
            made = json.loads(record.read_text(encoding="utf8")) if record.is_file() else {}
            trials.attrs = made.get(name, {})
            return trials
    raise FileNotFoundError(
        f"no stored trials {name!r}: they lie in notebooks/trials of the book's repository, and in "
        "the zip of each chapter that reads them"
    )
