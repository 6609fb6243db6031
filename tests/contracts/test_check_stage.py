"""The contract of stages, for every registered one, with several parameters each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest

import dataprep as dp
from dataprep.errors import DataprepError
from dataprep.registry import stage_class, stage_names
from dataprep.stage import Change, Stage
from dataprep.testing import (
    PARTITIONS,
    check_stage,
    checks_behind_split,
    checks_of,
    class_table,
    picture_table,
    sample_table,
    text_table,
)

RULES = [
    {
        "name": "low",
        "label": "a",
        "when": {"column": "signal", "operator": "<", "value": 3},
        "weight": 2,
    },
    {
        "name": "high, or a plan",
        "label": "b",
        "when": {
            "any": [
                {"column": "signal", "operator": "between", "value": [4, 9]},
                {"not": {"column": "plan", "operator": "contains", "value": "a"}},
            ]
        },
    },
    {"name": "gap", "label": "a", "when": {"column": "amount", "operator": "is missing"}},
]
ANSWERS = [
    {"row": 0, "label": "b", "by": "eve", "at": "2024-05-02"},
    {"row": 1, "label": "a"},
    {"row": 3, "label": "c", "was": ""},
    {"row": 5, "label": "a"},
    {"row": 5, "label": "b"},
    {"row": 10**6, "label": "a"},
]
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "types": [
        {},
        {"columns": ["age", "zip"]},
        {"kinds": {"age": "float", "one": "identifier"}},
        {"sentinels": (20,)},
        {"missing": ("", "NA", "?", "n/a", "DE")},
        {"decimal": ",", "thousands": ".", "date_order": "month"},
    ],
    "drop_missing": [
        {},
        {"columns": ["amount", "children"], "how": "any"},
        {"columns": ["amount", "nothing"], "how": "all"},
        {"max_missing": 0.25},
        {"axis": "columns", "how": "all"},
        {"axis": "columns", "max_missing": 0.12},
    ],
    "impute": [
        {},
        {"strategy": "mean"},
        {"strategy": "median", "by": "plan"},
        {"strategy": "mean", "by": ["plan", "active"]},
        {"strategy": "most_frequent"},
        {"strategy": "most_frequent", "by": "plan"},
        {"strategy": "constant"},
        {"strategy": "constant", "columns": "numeric", "fill_value": -1},
        {"strategy": "forward"},
        {"strategy": "backward"},
        {"strategy": "interpolate"},
        {"strategy": "forward", "by": "plan"},
        {"strategy": "backward", "by": "plan"},
        {"strategy": "interpolate", "by": "plan"},
        {"columns": "numeric() - 'children'", "overrides": {"children": "most_frequent"}},
    ],
    "impute_knn": [
        {},
        {"n_neighbors": 2, "weights": "distance", "columns": "features"},
        {"columns": ["plan", "day"], "predictors": ["amount", "seen", "active"]},
        {"max_rows": 40, "random_state": 3},
    ],
    "impute_iterative": [
        {"max_iter": 2},
        {"max_iter": 2, "tol": 0.1, "columns": "features"},
        {"columns": ["plan", "seen"], "predictors": ["amount", "day", "active"]},
        {"max_rows": 40, "random_state": 3, "max_iter": 2},
    ],
    "missing_indicator": [{}, {"features": "all"}, {"columns": ["amount", "count"]}],
    "z_score": [
        {},
        {"threshold": 2.0, "action": "drop"},
        {"threshold": 1.5, "tail": "left", "action": "null"},
        {"threshold": 1.0, "by": "plan"},
        {"columns": "/^count$/", "threshold": 2.0, "action": "flag"},
    ],
    "mad": [
        {},
        {"action": "drop"},
        {"action": "flag", "tail": "right"},
        {"by": "active", "action": "null"},
        {"columns": ["amount", "same"], "threshold": 1.2, "tail": "left"},
    ],
    "iqr": [
        {},
        {"k": 3.0, "columns": "continuous"},
        {"action": "drop", "tail": "right"},
        {"action": "null"},
        {"action": "flag"},
        {"by": "plan"},
        {"by": ["plan", "active"], "action": "drop"},
        {"by": "plan", "action": "flag", "tail": "left"},
    ],
    "quantile": [
        {},
        {"lower": 0.1, "upper": 0.9},
        {"lower": 0.1, "upper": 0.9, "action": "drop"},
        {"tail": "left", "lower": 0.05, "by": "plan"},
        {"columns": "kind('float')", "lower": 0.0, "upper": 0.8, "action": "null"},
    ],
    "isolation_outliers": [
        {"n_estimators": 20},
        {"action": "drop", "contamination": 0.1, "n_estimators": 10, "max_samples": 16},
        {"columns": ["amount", "plan"], "outlier": "odd", "n_estimators": 5},
        {"max_rows": 40, "random_state": 3, "n_estimators": 5, "contamination": 0.05},
    ],
    "lof": [
        {},
        {"action": "drop", "contamination": 0.1, "n_neighbors": 4},
        {"columns": "numeric", "outlier": "odd"},
        {"max_rows": 40, "random_state": 3},
    ],
    "drop_duplicates": [
        {},
        {"keep": "last"},
        {"keep": "none"},
        {"subset": ["plan", "active"], "keep": "most_complete"},
        {"subset": "amount"},
        {"subset": ["seen", "day"], "keep": "last"},
    ],
    "normalise_text": [
        {},
        {"case": "title", "columns": "note", "strip": False, "collapse": False},
        {"case": "upper", "form": None, "empty": "missing"},
        {"replacements": {"basic": "", "+49": "0049"}, "empty": "missing"},
        {"replacements": {r"\d+": "#"}, "regex": True, "form": "NFKD"},
    ],
    "merge_categories": [
        {},
        {"min_share": 0.3, "other": "rest", "typo_ratio": 0.5},
        {"min_count": 20, "handle_unknown": "missing", "variants": ("fingerprint",)},
        {"columns": ["plan", "note"], "min_count": 2, "handle_unknown": "other"},
    ],
    "scale": [
        {},
        {"method": "min_max", "feature_range": (-1.0, 1.0), "clip": True},
        {"method": "robust", "quantile_range": (10.0, 90.0), "overrides": {"count": "standard"}},
        {"method": "quantile", "n_quantiles": 20},
        {"method": "quantile", "output_distribution": "normal", "columns": ["amount", "count"]},
        {"method": "constant", "factor": 0.5, "columns": "kind('integer')"},
    ],
    "encode": [
        {},
        {"max_levels": 2, "keep": True, "handle_missing": "return_nan"},
        {"columns": ["plan", "active", "children"], "handle_unknown": "return_nan"},
        {"method": "ordinal", "order": {"plan": ["plus", "NA", "basic"]}},
        {"method": "ordinal", "columns": ["plan", "note"], "handle_missing": "return_nan"},
        {"method": "frequency", "columns": ["note", "children", "active"]},
        {"method": "target", "target": "count", "columns": ["plan", "children"]},
        {"method": "target", "target": "active", "smooth": 2.0, "cv": 3, "random_state": 7},
        {
            "method": "target",
            "target": "children",
            "target_type": "multiclass",
            "handle_unknown": "error",
            "handle_missing": "return_nan",
        },
        {"max_levels": 20, "handle_many": "error", "columns": "boolean"},
    ],
    "drop_columns": [
        {},
        {"constant": False, "empty": False, "near_constant": None, "max_missing": 0.1},
        {"near_constant": 0.3, "distinct": True, "columns": "all"},
        {"max_correlation": 0.2},
        {"max_correlation": 0.2, "correlation": "spearman"},
    ],
    "fuzzy_duplicates": [
        {},
        {"columns": ["amount", "count", "plan", "note", "seen", "day"], "threshold": 0.8},
        {"action": "group", "max_pairs": 300},
        {"action": "flag", "keep": "last", "threshold": 0.7},
        {"keep": "most_complete", "merge": "fill", "threshold": 0.6},
        {
            "columns": ["count", "note", "day"],
            "keep": "newest",
            "date": "seen",
            "merge": {
                "amount": "newest",
                "plan": "most_frequent",
                "note": "longest",
                "count": "largest",
                "active": "oldest",
                "day": "smallest",
                "seen": "fill",
            },
            "threshold": 0.5,
        },
        {"split": "plan", "pairs": [[20, 35, True], [0, 3, False]], "random_state": 3},
    ],
    "detect_errors": [
        {},
        {"action": "null", "threshold": 0.2},
        {"action": "repair", "threshold": 0.2},
        {"action": "flag", "columns": ["plan", "amount", "day"], "threshold": 0.05},
        {"max_rows": 40, "random_state": 3, "action": "repair", "threshold": 0.05},
    ],
    "random_over_sampler": [
        {},
        {"sampling_strategy": {"rare": 0.9, "scarce": 20}, "random_state": 7, "max_synthetic": 0.7},
        {"shrinkage": 1.0, "columns": ["amount", "count", "plan"]},
    ],
    "random_under_sampler": [
        {},
        {"sampling_strategy": {"cap": 9}, "random_state": 3, "columns": "numeric"},
        {"replacement": True, "sampling_strategy": "not minority"},
    ],
    "smote": [
        {},
        {"k_neighbors": 2, "random_state": 3, "sampling_strategy": {"rare": 0.9}},
        {"columns": ["amount", "count"], "max_synthetic": 0.9},
    ],
    "smotenc": [
        {},
        {
            "categorical_features": ["plan", "children"],
            "k_neighbors": 2,
            "random_state": 3,
            "sampling_strategy": "minority",
            "columns": ["plan", "children", "amount"],
            "max_synthetic": 0.9,
        },
    ],
    "smoten": [
        {"columns": ["plan", "active"]},
        {
            "k_neighbors": 2,
            "random_state": 3,
            "sampling_strategy": "minority",
            "max_synthetic": 0.9,
        },
    ],
    "borderline_smote": [
        {},
        {
            "kind": "borderline-2",
            "k_neighbors": 2,
            "m_neighbors": 6,
            "random_state": 3,
            "sampling_strategy": {"rare": 0.9},
            "columns": ["amount", "count", "plan"],
            "max_synthetic": 0.9,
        },
    ],
    "svmsmote": [
        {
            "k_neighbors": 2,
            "m_neighbors": 20,
            "out_step": 0.3,
            "svm_estimator": None,
            "random_state": 3,
            "sampling_strategy": {"rare": 0.9},
            "columns": ["amount", "count", "plan"],
            "max_synthetic": 0.9,
        },
    ],
    "k_means_smote": [
        {
            "k_neighbors": 1,
            "kmeans_estimator": 2,
            "cluster_balance_threshold": 0.05,
            "density_exponent": 1.0,
            "random_state": 3,
            "sampling_strategy": {"rare": 0.9},
            "columns": ["amount", "count", "plan"],
            "max_synthetic": 0.9,
        },
    ],
    "adasyn": [
        {
            "n_neighbors": 2,
            "random_state": 3,
            "sampling_strategy": {"rare": 0.9},
            "columns": ["amount", "count", "plan"],
            "max_synthetic": 0.9,
        },
    ],
    "tomek_links": [{}, {"sampling_strategy": "all", "columns": "numeric"}],
    "edited_nearest_neighbours": [
        {},
        {
            "sampling_strategy": "all",
            "n_neighbors": 2,
            "kind_sel": "mode",
            "columns": ["amount", "count", "plan", "active"],
        },
    ],
    "repeated_edited_nearest_neighbours": [
        {
            "sampling_strategy": "majority",
            "n_neighbors": 2,
            "max_iter": 2,
            "kind_sel": "mode",
            "columns": "numeric",
        },
    ],
    "all_knn": [
        {
            "sampling_strategy": "not majority",
            "n_neighbors": 2,
            "kind_sel": "mode",
            "allow_minority": True,
            "columns": "numeric",
        },
    ],
    "neighbourhood_cleaning_rule": [
        {},
        {
            "sampling_strategy": "all",
            "edited_nearest_neighbours": {"kind_sel": "all"},
            "n_neighbors": 2,
            "threshold_cleaning": 0.1,
            "columns": "numeric",
        },
    ],
    "condensed_nearest_neighbour": [
        {},
        {
            "sampling_strategy": "majority",
            "random_state": 3,
            "n_neighbors": 2,
            "n_seeds_S": 2,
            "columns": "numeric",
        },
    ],
    "one_sided_selection": [
        {
            "sampling_strategy": "majority",
            "random_state": 3,
            "n_neighbors": 2,
            "n_seeds_S": 2,
            "columns": ["amount", "count", "plan", "active"],
        },
    ],
    "near_miss": [
        {"version": 2, "n_neighbors": 2, "columns": "numeric"},
        {"version": 3, "sampling_strategy": {"cap": 9}, "n_neighbors_ver3": 4},
    ],
    "instance_hardness_threshold": [
        {
            "estimator": "decision_tree",
            "sampling_strategy": {"cap": 9},
            "random_state": 3,
            "cv": 3,
            "columns": "numeric",
        },
    ],
    "cluster_centroids": [
        {},
        {
            "estimator": "mini_batch_k_means",
            "sampling_strategy": {"cap": 9},
            "random_state": 3,
            "voting": "hard",
            "columns": "numeric",
        },
    ],
    "smoteenn": [
        {
            "sampling_strategy": {"rare": 0.9},
            "random_state": 3,
            "smote": {"k_neighbors": 3},
            "enn": {"n_neighbors": 2, "kind_sel": "mode"},
            "max_synthetic": 0.7,
            "columns": ["amount", "count", "plan", "active"],
        },
    ],
    "smote_tomek": [
        {
            "sampling_strategy": {"rare": 0.9},
            "random_state": 3,
            "smote": {"k_neighbors": 3},
            "tomek": {"sampling_strategy": "auto"},
            "max_synthetic": 0.7,
            "columns": "numeric",
        },
    ],
    "jitter": [
        {},
        {
            "share": 0.4,
            "scale": 0.3,
            "scales": {"children": 0.5, "count": 0.0},
            "clip": False,
            "random_state": 3,
            "max_synthetic": 0.7,
            "columns": ["amount", "count", "children", "same"],
        },
        {"sampling_strategy": {"rare": 0.9}},
    ],
    "mix_up": [
        {},
        {
            "share": 0.4,
            "alpha": 1.0,
            "partners": "any",
            "random_state": 3,
            "max_synthetic": 0.7,
            "columns": ["amount", "count", "plan"],
        },
        {"sampling_strategy": {"rare": 0.9}, "partners": "any"},
    ],
    "tabular_vae": [
        {"epochs": 1, "hidden": (8,), "embedding_dim": 2},
        {
            "sampling_strategy": {"rare": 0.9},
            "epochs": 2,
            "batch_size": 32,
            "embedding_dim": 2,
            "hidden": (4, 3),
            "loss_factor": 1.0,
            "max_rows": 40,
            "random_state": 3,
            "max_synthetic": 0.9,
            "columns": ["amount", "count", "plan", "active"],
        },
    ],
    "drift": [
        {},
        {"columns": "all", "alpha": 0.05, "psi": 0.1, "distance": 0.1, "missing": 0.01},
        {"columns": ["amount", "plan", "note", "seen", "day"], "correction": "bh", "min_rows": 5},
        {"action": "fail", "correction": None, "min_rows": 1000},
    ],
    "cluster_label": [
        {"target": "label", "n_clusters": 4, "purity": 0.5, "min_labelled": 1},
        {
            "target": "grade",
            "purity": 0.6,
            "weight": False,
            "unlabelled": "keep",
            "max_synthetic": 0.9,
            "columns": ["amount", "plan", "signal"],
            "random_state": 3,
        },
        {"target": "open"},
    ],
    "label_spreading": [
        {"target": "label"},
        {
            "target": "grade",
            "n_neighbors": 4,
            "alpha": 0.5,
            "min_confidence": 0.7,
            "max_iter": 5,
            "tol": 0.1,
            "weight": False,
            "unlabelled": "keep",
            "max_synthetic": 0.9,
            "columns": ["amount", "plan", "signal"],
        },
        {"target": "open", "approximate": True, "columns": ["signal"]},
    ],
    "labeling_rules": [
        {"target": "label", "rules": RULES},
        {
            "target": "label",
            "rules": RULES,
            "combine": "dawid_skene",
            "min_confidence": 0.6,
            "weight": False,
            "unlabelled": "keep",
            "max_synthetic": 0.9,
        },
    ],
    "merge_labels": [
        {"target": "label", "answers": ANSWERS, "by": "ann", "at": "2024-05-01"},
        {"target": "label", "answers": ANSWERS, "new_labels": True},
        {"target": "grade", "answers": [{"row": 2, "label": "1"}, {"row": 3, "label": "0"}]},
        {"target": "open", "answers": [{"row": 2, "label": "no"}, {"row": 3, "label": "true"}]},
    ],
    "pseudo_label": [
        {"target": "label", "folds": 3, "rounds": 1, "precision": 0.6},
        {
            "target": "label",
            "teacher": "logistic_regression",
            "threshold": {"a": 0.5, "b": 0.6},
            "calibration": "sigmoid",
            "alpha": 0.0,
            "max_per_class": {"a": 8},
            "max_total": 12,
            "rounds": 1,
            "folds": 3,
            "safeguard": False,
            "weight": False,
            "unlabelled": "keep",
            "max_synthetic": 0.9,
            "columns": ["amount", "plan", "signal"],
            "random_state": 3,
        },
        {
            "target": "grade",
            "threshold": "adaptive",
            "base": 0.6,
            "safeguard": False,
            "folds": 3,
            "rounds": 1,
        },
        {"target": "open", "threshold": 0.6, "safeguard": False, "folds": 3, "soft": True},
    ],
    "class_weight": [
        {"target": "land", "method": "sqrt"},
        {"target": "set", "method": "effective_number", "beta": 0.9},
        {"target": "half", "weights": {"1": 2.0, "2": 0.5}},
    ],
    "split": [
        {"test": 7, "validation": 0.1, "stratify": "land", "random_state": 3},
        {"test": 0.3, "group": ["land", "person"], "stratify": "land"},
        {"time": "born", "validation": 0.2},
        {"key": "person", "folds": 3},
        {"column": "set"},
    ],
    "escape_formulas": [{}, {"columns": "note"}],
    "image_stats": [{}, {"image": "image", "image_root": "/", "prefix": "p_", "features": True}],
    "conflicting_labels": [
        {},
        {"columns": ["plan", "active"], "action": "relabel", "margin": 0.1},
        {"columns": ["children", "count"], "tolerance": 0.1, "n_neighbors": 1, "action": "drop"},
        {"by": "plan", "action": "weight", "max_share": 0.3},
    ],
    "consensus_label": [
        {"columns": ["plan", "note"]},
        {
            "columns": ["children", "count"],
            "method": "majority",
            "output": "agreed",
            "min_confidence": 0.6,
        },
    ],
    "label_errors": [
        {"teacher": "logistic_regression", "columns": "numeric"},
        {
            "teacher": "extra_trees",
            "action": "drop",
            "method": "argmax",
            "max_share": 0.2,
            "random_state": 3,
        },
        {
            "teacher": "logistic_regression",
            "action": "relabel",
            "method": "confident_joint",
            "margin": 0.1,
            "folds": 3,
            "group": "plan",
        },
        {
            "teacher": "logistic_regression",
            "action": "weight",
            "ranking": "normalised_margin",
            "probabilities": "p_",
        },
    ],
    "drop_corrupt_images": [
        {},
        {"image": "image", "image_root": "/", "also": ("extension", "cmyk")},
    ],
    "image_duplicates": [
        {},
        {
            "image": "image",
            "image_root": "/",
            "max_distance": 10,
            "min_correlation": 0.9,
            "hash": "dhash",
            "flips": True,
            "keep": "first",
            "split": "plan",
        },
    ],
    "image_augment": [
        {},
        {
            "rotation_range": 20,
            "width_shift_range": 0.2,
            "height_shift_range": (0.1, 0.2),
            "shear_range": 5.0,
            "zoom_range": (0.8, 1.1),
            "channel_shift_range": 10.0,
            "horizontal_flip": True,
            "vertical_flip": True,
            "brightness_range": (0.8, 1.2),
            "fill_mode": "constant",
            "cval": 255.0,
            "contrast_range": (0.8, 1.2),
            "crop": 0.1,
            "erasing": 0.2,
            "mixup": 0.2,
            "cutmix": 1.0,
            "rand_augment": (2, 0.3),
            "per_class": {"basic": 0.5, "plus": 2},
            "interpolation": "nearest",
            "random_state": 3,
        },
    ],
}
LEAST_CHECKS = 1000


FEW_LABELS = ("pseudo_label", "cluster_label", "label_spreading", "labeling_rules", "merge_labels")


def tried_on(name: str, parameters: dict[str, Any]) -> Any:
    """Return the table that a variant needs; None for the usual one."""
    if "split" in parameters:
        table, split = sample_table(), parameters["split"]
        table = picture_table() if name == "image_duplicates" else table
        at = table.column_names.index(split)
        parts = ["train" if part == "basic" else part for part in table.column(split).to_pylist()]
        return table.set_column(at, split, [parts])
    if name in ("split", "class_weight"):
        return with_persons()
    if name in FEW_LABELS:
        return with_few_labels()
    if name == "consensus_label" and "output" in parameters:
        return class_table()
    if "probabilities" in parameters:
        return with_probabilities(parameters["probabilities"])
    return text_table() if name == "types" else None


def with_few_labels() -> Any:
    """Return the usual table with classes of three types that half of the rows lack."""
    table = sample_table()
    rows = range(len(table))
    known = [i % 2 == 0 for i in rows]
    table = table.append_column("signal", [[float(i % 7) + i / 1000 for i in rows]])
    codes = [int(i % 7 > 3) if known[i] else None for i in rows]
    table = table.append_column("label", [[None if c is None else "ab"[c] for c in codes]])
    table = table.append_column("grade", pa.array(codes))
    return table.append_column("open", [[None if c is None else bool(c) for c in codes]])


def with_persons() -> Any:
    """Return the usual table with columns that have no gaps: rows can be divided by them."""
    table = sample_table()
    rows = range(len(table))
    born = [dt.date(1960 + i % 30, 1 + i % 12, 1) for i in rows]
    table = table.append_column("person", [[10**17 + i % 23 for i in rows]])
    table = table.append_column("half", [[1 + i % 2 for i in rows]])
    table = table.append_column("land", [[("DE", "FR")[i % 23 % 2] for i in rows]])
    table = table.append_column("born", [born])
    return table.append_column("set", [[("train", "Val", "test ")[i % 3] for i in rows]])


def with_probabilities(prefix: str) -> Any:
    """Return the table of classes with a column of probabilities for each of them."""
    table = class_table()
    classes = sorted(set(table.column("label").to_pylist()))
    for place, label in enumerate(classes):
        odds = [[1 + (i * 7 + c * 5) % 11 for c in range(len(classes))] for i in range(len(table))]
        table = table.append_column(f"{prefix}{label}", [[row[place] / sum(row) for row in odds]])
    return table


SLOW = ("tabular_vae",)
"""Stages that train a network, however small."""


def marks_of(name: str) -> list[Any]:
    """Return what pytest is to know of the checks of a stage."""
    return [pytest.mark.slow] if name in SLOW else []


def partitions_of(i: int) -> tuple[int, ...]:
    """Return into how many parts the table comes for a stage's variant of a number.

    The first variant of each stage is tried with all of `PARTITIONS`, the others with two parts.
    More would prove nothing new: rows are numbered before a stage sees them, whatever its
    parameters, and a stage that looked at how they are cut would give itself away with two. Tables
    of one row, of one value and of none come in one part to each engine, with each variant.
    """
    return PARTITIONS if i == 0 else (2,)


PAIRS = [
    pytest.param(check, id=f"{name}-{i}-{check.name}", marks=marks_of(name))
    for name, variants in VARIANTS.items()
    for i, parameters in enumerate(variants)
    for check in checks_of(
        stage_class(name)(**parameters),
        tried_on(name, parameters),
        target="label" if stage_class(name).relabels or "min_confidence" in parameters else None,
        partitions=partitions_of(i),
    )
]


@pytest.mark.parametrize("check", PAIRS)
def test_stage_keeps_the_contract(check: Any) -> None:
    """Every registered stage keeps every promise of the contract, with each set of parameters."""
    check()


WINDOWS = ("forward", "backward", "interpolate")
"""Ways to impute from the rows around, of which some may be held out."""
BEHIND_SPLIT = [
    pytest.param(check, id=f"{name}-{i}-{check.name}", marks=marks_of(name))
    for name, variants in VARIANTS.items()
    if not stage_class(name).divides
    for i, parameters in enumerate(variants)
    if i == 0 or (name == "impute" and parameters in [{"strategy": way} for way in WINDOWS])
    for check in checks_behind_split(
        stage_class(name)(**parameters),
        tried_on(name, parameters),
        engines=["pandas", "polars", "duckdb"],
    )
]


@pytest.mark.parametrize("check", BEHIND_SPLIT)
def test_stage_behind_a_split_keeps_the_contract(check: Any) -> None:
    """With rows held out each stage is the same everywhere, and learns nothing from them."""
    check()


def test_no_stage_is_left_out() -> None:
    """A stage that is registered and has no variants here fails, and the checks are many."""
    assert sorted(VARIANTS) == sorted(stage_names())
    assert all(VARIANTS.values())
    assert len(PAIRS) >= LEAST_CHECKS


def test_every_parameter_is_varied() -> None:
    """Each parameter of each stage has another value than its default in some variant."""
    for name, variants in VARIANTS.items():
        varied = {parameter for parameters in variants for parameter in parameters}
        assert varied == set(stage_class(name)().get_params()), name


# ---- stages that break the contract, each in one way


@dataclass(eq=False, repr=False)
class _Bad(Stage):
    """A stage that would do nothing."""

    def learn(self, table: Any) -> dict[str, Any]:
        """Return what there is to know: nothing."""
        return {}

    def change(self, table: Any, state: dict[str, Any]) -> Change:
        """Change nothing."""
        return Change()


class DropsAtServing(_Bad):
    """Drops rows in the repair phase."""

    def change(self, table: Any, state: dict[str, Any]) -> Change:
        """Drop rows."""
        return Change(drops={"too large": nw.col("count") > 40})


class WritesToItsInput(_Bad):
    """Writes into the memory of the frame that it was given."""

    def learn(self, table: Any) -> dict[str, Any]:
        """Overwrite a cell where pandas keeps it."""
        column = table.frame["count"].to_native()
        if hasattr(column, "array"):
            column.array._data.flags.writeable = True
            column.array._data[0] = 99
        return {}


class KeepsASet(_Bad):
    """Has a state that JSON cannot hold."""

    def learn(self, table: Any) -> dict[str, Any]:
        """Return a set."""
        return {"columns": set(table.columns)}


class KeepsATuple(_Bad):
    """Has a state that JSON gives back as something else."""

    def learn(self, table: Any) -> dict[str, Any]:
        """Return a tuple."""
        return {"columns": tuple(table.columns)}


class KeepsInfinity(_Bad):
    """Has a number in its state that JSON does not know."""

    def learn(self, table: Any) -> dict[str, Any]:
        """Return an infinity."""
        return {"bound": float("inf")}


class DrawsFromASharedStream(_Bad):
    """Takes a random number that nobody can take again."""

    def learn(self, table: Any) -> dict[str, Any]:
        """Return a random number."""
        return {"drawn": float(np.random.default_rng().random())}


class CountsPartitions(_Bad):
    """Learns how the table happens to be cut."""

    def learn(self, table: Any) -> dict[str, Any]:
        """Return the number of chunks."""
        native = table.frame["count"].to_native()
        return {"chunks": native.n_chunks() if hasattr(native, "n_chunks") else 1}


class LearnsAtServing(_Bad):
    """Computes its statistic on the rows that it is to repair."""

    def change(self, table: Any, state: dict[str, Any]) -> Change:
        """Fill with the mean of whatever is there."""
        mean = table.moments(["amount"])[""]["amount"][0]
        return Change(cells={"amount": nw.col("amount").fill_null(mean or 0.0)}, action="impute")


class ChangesItsParameters(_Bad):
    """Notes what it learned in a parameter."""

    def __init__(self, seen: bool = False) -> None:
        self.seen = seen

    def learn(self, table: Any) -> dict[str, Any]:
        """Set a parameter."""
        self.seen = True
        return {}


class FailsOnNulls(_Bad):
    """Takes for granted that there is a value."""

    def learn(self, table: Any) -> dict[str, Any]:
        """Multiply what may be None."""
        return {"twice": table.quantiles(["amount"], [0.5])[""]["amount"][0] * 2}


@dataclass(eq=False, repr=False)
class CountsOnTheTarget(_Bad):
    """Takes for granted that all columns of ``fit`` come to serving."""

    columns: Any = "features"

    def learn(self, table: Any) -> dict[str, Any]:
        """Return the columns that are chosen."""
        return {"columns": self.chosen(table)}

    def change(self, table: Any, state: dict[str, Any]) -> Change:
        """Write each of them as it is."""
        return Change(cells={name: nw.col(name) for name in state["columns"]})


def test_a_stage_that_counts_on_the_target_is_caught() -> None:
    """An engine's own error for a named target that did not come to serving is a broken promise."""
    checks = {check.name: check for check in checks_of(CountsOnTheTarget())}
    with pytest.raises(Exception, match="amount") as caught:
        checks["target_absent"]()
    assert not isinstance(caught.value, DataprepError)


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        (DropsAtServing, "rows out of transform|row 3 alone|rows"),
        (WritesToItsInput, "input after clean"),
        (KeepsASet, "no plain JSON"),
        (KeepsATuple, "journey through JSON"),
        (KeepsInfinity, "no plain JSON"),
        (DrawsFromASharedStream, "state"),
        (CountsPartitions, "polars in . parts"),
        (LearnsAtServing, "alone, and among others"),
        (ChangesItsParameters, "after fit and transform|get_params"),
    ],
)
def test_a_bad_stage_is_caught(bad: type[Stage], where: str) -> None:
    """A stage that breaks one promise fails, and the message says which."""
    with pytest.raises(AssertionError, match=where):
        check_stage(bad(), engines=["pandas", "polars"], partitions=[1, 2])


def test_a_stage_that_looks_at_held_out_rows_is_caught() -> None:
    """A value in training that depends on rows that are held out fails."""
    checks = {check.name: check for check in checks_behind_split(LearnsAtServing())}
    with pytest.raises(AssertionError, match=r"training rows after other values.*amount"):
        checks["behind_split_nothing_learned_from_held_out"]()


def test_an_error_on_a_degenerate_table_is_caught() -> None:
    """An error of the stage's own comes through, with the check's name and the stage's in notes."""
    with pytest.raises(TypeError) as caught:
        check_stage(FailsOnNulls(), engines=["pandas"], partitions=[1])
    assert any("degenerate_all_null" in note for note in caught.value.__notes__)


def test_a_harmless_stage_passes() -> None:
    """A stage that does nothing keeps the contract, so that failures above are due to the fault."""
    assert check_stage(_Bad(), partitions=[1, 2]) >= 30


def test_a_frame_engine_that_is_not_known_is_refused() -> None:
    """An engine that does not exist is an error, not an empty list of checks."""
    with pytest.raises(ValueError, match="none of pandas"):
        check_stage(dp.IQR(), engines=["dask"])
