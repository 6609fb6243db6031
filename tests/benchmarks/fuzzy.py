"""Near-duplicate records, measured: seconds, processor time and peak memory on made-up persons.

    python tests/benchmarks/fuzzy.py --rows 1000000        # FEBRL-like records in a Parquet file
    python tests/benchmarks/fuzzy.py --febrl febrl1.csv    # how well copies are found, beside
                                                           # recordlinkage and splink

recordlinkage's classifiers and splink are measured where they are installed, with the comparisons
and rules of their own guides for these data. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CONSONANTS, VOWELS = list("bcdfghjklmnprstvw"), list("aeiou")
COLUMNS = [
    "given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode",
    "state", "date_of_birth", "soc_sec_id",
]  # fmt: skip


def words(count: int, draw: np.random.Generator) -> np.ndarray:
    """Return made-up names of two to four syllables."""
    made = [
        "".join(str(draw.choice(CONSONANTS)) + str(draw.choice(VOWELS)) for _ in range(syllables))
        for syllables in draw.integers(2, 5, count)
    ]
    return np.array(made, dtype=object)


def zipf(pool: np.ndarray, rows: int, draw: np.random.Generator) -> np.ndarray:
    """Return values of which few are frequent and many rare."""
    weights = 1 / (np.arange(len(pool)) + 10.0)
    return pool[draw.choice(len(pool), rows, p=weights / weights.sum())]


def persons(rows: int, seed: int = 0, copies: float = 0.2) -> tuple[pd.DataFrame, np.ndarray]:
    """Return person records as FEBRL makes them, all text, and whom each one speaks of.

    Parameters
    ----------
    rows : int
    seed : int, default=0
    copies : float, default=0.2
        The share of records that are damaged copies, with one to four errors: a letter changed,
        left out, doubled or exchanged with the next, a value lost, the names exchanged.
    """
    draw = np.random.default_rng(seed)
    originals = rows - int(rows * copies)
    streets = words(4000, draw) + " " + draw.choice(["street", "road", "place", "crescent"], 4000)
    suburbs = words(3000, draw)
    home = draw.integers(0, len(suburbs), originals)
    days = np.datetime64("1900-01-01") + draw.integers(0, 36_500, originals)
    given = {
        "given_name": zipf(words(2000, draw), originals, draw),
        "surname": zipf(words(20_000, draw), originals, draw),
        "street_number": draw.integers(1, 300, originals).astype(str).astype(object),
        "address_1": zipf(streets, originals, draw),
        "address_2": zipf(words(20_000, draw), originals, draw),
        "suburb": suburbs[home],
        "postcode": (2000 + home % 2400).astype(str).astype(object),
        "state": np.array(["nsw", "vic", "qld", "wa", "sa", "act", "tas"], object)[home % 7],
        "date_of_birth": np.char.replace(days.astype(str), "-", "").astype(object),
        "soc_sec_id": draw.integers(10**6, 10**7, originals).astype(str).astype(object),
    }
    of = np.concatenate([np.arange(originals), draw.integers(0, originals, rows - originals)])
    table = {name: values[of] for name, values in given.items()}
    for row in range(originals, rows):
        for _ in range(draw.integers(1, 5)):
            name = COLUMNS[draw.integers(0, len(COLUMNS))]
            table[name][row] = damaged(table[name][row], draw)
        if draw.random() < 0.03:
            one, two = table["given_name"][row], table["surname"][row]
            table["given_name"][row], table["surname"][row] = two, one
    order = draw.permutation(rows)
    return pd.DataFrame(table).iloc[order].reset_index(drop=True), of[order]


def damaged(text: str | None, draw: np.random.Generator) -> str | None:
    """Return a text with one slip of the pen in it, or none."""
    slip = draw.random()
    if not text or slip < 0.1:
        return None
    at = int(draw.integers(0, len(text)))
    if slip < 0.3:
        return text[:at] + text[at + 1 :] or None
    if slip < 0.5:
        return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    if slip < 0.6:
        return text[:at] + text[at] + text[at:]
    sign = str(draw.choice(list("0123456789") if text.isdigit() else CONSONANTS + VOWELS))
    return text[:at] + sign + text[at + 1 :]


def pair_scores(cluster: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """Return pairwise precision, recall and F1 of clusters."""
    table = pd.DataFrame({"found": cluster, "true": truth})

    def pairs(*by: str) -> int:
        sizes = table.groupby(list(by)).size()
        return int((sizes * (sizes - 1) // 2).sum())

    right, found, true = pairs("found", "true"), pairs("found"), pairs("true")
    precision, recall = right / max(found, 1), right / max(true, 1)
    return precision, recall, 2 * right / max(found + true, 1)


def by_dataprep(frame: pd.DataFrame) -> np.ndarray:
    """Return the clusters that dataprep finds, with default parameters."""
    import dataprep as dp

    stage = dp.FuzzyDuplicates(action="group")
    return dp.clean(frame, pipeline=dp.Pipeline([stage])).data["copies"].to_numpy()


def joined(height: int, links: Any) -> np.ndarray:
    """Return the connected components of links."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = np.array(list(links), dtype="int64").reshape(-1, 2).T
    matrix = coo_array((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(height, height))
    return connected_components(matrix, directed=False)[1]


def by_recordlinkage(classifier: str) -> Callable[[pd.DataFrame], np.ndarray]:
    """Return a function that finds clusters as recordlinkage's guide to deduplication does."""

    def found(frame: pd.DataFrame) -> np.ndarray:
        import recordlinkage as rl

        index = rl.Index()
        for column in ("given_name", "surname", "date_of_birth", "soc_sec_id"):
            index.block(column)
        pairs = index.index(frame)
        compare = rl.Compare()
        for column in ("given_name", "surname", "address_1", "address_2", "suburb"):
            compare.string(column, column, method="jarowinkler", threshold=0.85)
        for column in ("street_number", "postcode", "state", "date_of_birth", "soc_sec_id"):
            compare.exact(column, column)
        vectors = compare.compute(pairs, frame)
        model = {"ECM": rl.ECMClassifier, "KMeans": rl.KMeansClassifier}[classifier]()
        return joined(len(frame), model.fit_predict(vectors))

    return found


def by_splink(frame: pd.DataFrame) -> np.ndarray:
    """Return the clusters that splink finds as in its FEBRL examples, at a probability of 0.5."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    names = ("given_name", "surname", "date_of_birth", "soc_sec_id", "postcode")
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="row",
        comparisons=[
            *[cl.JaroWinklerAtThresholds(n, [0.9, 0.7]) for n in ("given_name", "surname")],
            *[cl.LevenshteinAtThresholds(n, [1, 2]) for n in ("date_of_birth", "soc_sec_id")],
            *[cl.ExactMatch(n) for n in ("street_number", "postcode")],
            *[cl.JaroWinklerAtThresholds(n, [0.9]) for n in ("address_1", "suburb")],
        ],
        blocking_rules_to_generate_predictions=[block_on(name) for name in names],
    )
    given = DuckDBAPI().register(frame.assign(row=range(len(frame))))
    linker = Linker(given, settings, log_level=None)
    train = linker.training
    train.estimate_probability_two_random_records_match(
        [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")], recall=0.8
    )
    train.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for names in (("date_of_birth",), ("surname", "given_name")):
        train.estimate_parameters_using_expectation_maximisation(block_on(*names))
    predicted = linker.inference.predict(threshold_match_probability=0.5)
    links = predicted.as_pandas_dataframe()[["row_l", "row_r"]].to_numpy()
    return joined(len(frame), links)


def compare(path: Path) -> None:
    """Print precision, recall and F1 on a FEBRL file, ours and our peers'."""
    frame = pd.read_csv(path, skipinitialspace=True, dtype=str)
    truth = frame.pop("rec_id").str.extract(r"rec-(\d+)-")[0].to_numpy()
    contenders: dict[str, Callable[[pd.DataFrame], np.ndarray]] = {
        "dataprep": by_dataprep,
        "recordlinkage ECM": by_recordlinkage("ECM"),
        "recordlinkage KMeans": by_recordlinkage("KMeans"),
        "splink": by_splink,
    }
    print(f"{'':22}{'precision':>10}{'recall':>10}{'F1':>10}{'seconds':>10}")
    for name, find in contenders.items():
        started = time.perf_counter()
        try:
            scores = pair_scores(find(frame.copy()), truth)
        except ImportError as error:
            print(f"{name:22}{error}")
            continue
        shown = "".join(f"{score:10.4f}" for score in scores)
        print(f"{name:22}{shown}{time.perf_counter() - started:10.1f}")


def measure(rows: int) -> None:
    """Print what it costs to drop near-duplicates from a Parquet file of persons."""
    import dataprep as dp

    frame, truth = persons(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "persons.parquet"
        frame.assign(person=truth).to_parquet(path)
        del frame
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started, worked = time.perf_counter(), time.process_time()
        stage = dp.FuzzyDuplicates(columns=COLUMNS, action="group")
        result = dp.clean(path, pipeline=dp.Pipeline([stage], id="person"))
        seconds, worked = time.perf_counter() - started, time.process_time() - worked
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        data = result.data.to_arrow().select(["copies", "person"]).to_pandas()
        scores = pair_scores(data["copies"].to_numpy(), data["person"].to_numpy())
    print(f"{rows:,} rows: {seconds:.0f} s, {worked:.0f} s of processor time")
    print(f"peak {peak / 1e6:.2f} GB, of which {before / 1e6:.2f} GB before it began")
    print("precision {:.4f}, recall {:.4f}, F1 {:.4f}".format(*scores))
    print(*result.summary["stages"][0]["notes"], sep="\n")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--febrl", type=Path)
    given = parser.parse_args()
    if given.febrl:
        compare(given.febrl)
    else:
        measure(given.rows)
