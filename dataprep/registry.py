"""Names and classes of stages and engines, found when they are asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from dataprep.errors import ConfigError, did_you_mean

_STAGES = {
    "types": "dataprep.stages.types:Types",
    "drop_missing": "dataprep.stages.missing:DropMissing",
    "impute": "dataprep.stages.impute:Impute",
    "impute_knn": "dataprep.stages.impute_knn:ImputeKNN",
    "impute_iterative": "dataprep.stages.impute_iterative:ImputeIterative",
    "missing_indicator": "dataprep.stages.missing:MissingIndicator",
    "z_score": "dataprep.stages.outliers:ZScore",
    "mad": "dataprep.stages.outliers:MAD",
    "iqr": "dataprep.stages.outliers:IQR",
    "quantile": "dataprep.stages.outliers:Quantile",
    "isolation_outliers": "dataprep.stages.multivariate:IsolationOutliers",
    "lof": "dataprep.stages.multivariate:LOF",
    "drop_duplicates": "dataprep.stages.duplicates:DropDuplicates",
    "normalise_text": "dataprep.stages.text:NormaliseText",
    "merge_categories": "dataprep.stages.categories:MergeCategories",
    "scale": "dataprep.stages.scale:Scale",
    "encode": "dataprep.stages.encode:Encode",
    "drop_columns": "dataprep.stages.drop_columns:DropColumns",
    "fuzzy_duplicates": "dataprep.stages.fuzzy_duplicates:FuzzyDuplicates",
    "detect_errors": "dataprep.stages.detect_errors:DetectErrors",
    "random_over_sampler": "dataprep.stages.resample.random:RandomOverSampler",
    "random_under_sampler": "dataprep.stages.resample.random:RandomUnderSampler",
    "smote": "dataprep.stages.resample.smote:SMOTE",
    "smotenc": "dataprep.stages.resample.smote:SMOTENC",
    "smoten": "dataprep.stages.resample.smote:SMOTEN",
    "borderline_smote": "dataprep.stages.resample.borderline:BorderlineSMOTE",
    "svmsmote": "dataprep.stages.resample.borderline:SVMSMOTE",
    "k_means_smote": "dataprep.stages.resample.adaptive:KMeansSMOTE",
    "adasyn": "dataprep.stages.resample.adaptive:ADASYN",
    "tomek_links": "dataprep.stages.resample.cleaning:TomekLinks",
    "edited_nearest_neighbours": "dataprep.stages.resample.editing:EditedNearestNeighbours",
    "repeated_edited_nearest_neighbours": (
        "dataprep.stages.resample.editing:RepeatedEditedNearestNeighbours"
    ),
    "all_knn": "dataprep.stages.resample.editing:AllKNN",
    "neighbourhood_cleaning_rule": (
        "dataprep.stages.resample.cleaning_rule:NeighbourhoodCleaningRule"
    ),
    "condensed_nearest_neighbour": (
        "dataprep.stages.resample.condensing:CondensedNearestNeighbour"
    ),
    "one_sided_selection": "dataprep.stages.resample.condensing:OneSidedSelection",
    "near_miss": "dataprep.stages.resample.near_miss:NearMiss",
    "instance_hardness_threshold": ("dataprep.stages.resample.hardness:InstanceHardnessThreshold"),
    "cluster_centroids": "dataprep.stages.resample.centroids:ClusterCentroids",
    "smoteenn": "dataprep.stages.resample.combined:SMOTEENN",
    "smote_tomek": "dataprep.stages.resample.combined:SMOTETomek",
    "jitter": "dataprep.stages.augment.jitter:Jitter",
    "mix_up": "dataprep.stages.augment.mixup:MixUp",
    "tabular_vae": "dataprep.stages.augment.tabular_vae:TabularVAE",
    "label_errors": "dataprep.stages.labels.label_errors:LabelErrors",
    "consensus_label": "dataprep.stages.labels.consensus_label:ConsensusLabel",
    "pseudo_label": "dataprep.stages.labels.pseudo_label:PseudoLabel",
    "cluster_label": "dataprep.stages.labels.cluster_label:ClusterLabel",
    "label_spreading": "dataprep.stages.labels.label_spreading:LabelSpreading",
    "labeling_rules": "dataprep.stages.labels.labeling_rules:LabelingRules",
    "merge_labels": "dataprep.stages.labels.merge_labels:MergeLabels",
    "conflicting_labels": "dataprep.stages.labels.conflicting_labels:ConflictingLabels",
    "class_weight": "dataprep.stages.weights:ClassWeight",
    "image_augment": "dataprep.stages.augment.image_augment:ImageAugment",
    "split": "dataprep.stages.split:Split",
    "drift": "dataprep.stages.drift:Drift",
    "escape_formulas": "dataprep.stages.formulas:EscapeFormulas",
    "image_stats": "dataprep.stages.images.image_stats:ImageStats",
    "drop_corrupt_images": "dataprep.stages.images.drop_corrupt:DropCorruptImages",
    "image_duplicates": "dataprep.stages.images.duplicates:ImageDuplicates",
}


@cache
def _plug_ins() -> dict[str, Any]:
    return {point.name: point for point in entry_points(group="dataprep.stages")}


def plug_in_versions() -> dict[str, str]:
    """Return the versions of the packages that bring stages, by name."""
    packages = [point.dist for point in _plug_ins().values() if point.dist is not None]
    return {package.name: package.version for package in packages}


def stage_names() -> list[str]:
    """Return the names of all stages, plug-ins (entry points ``dataprep.stages``) included."""
    return [*_STAGES, *(name for name in _plug_ins() if name not in _STAGES)]


def stage_class(name: str, place: str = "") -> type[Any]:
    """Return the stage of a name.

    Raises
    ------
    ConfigError
        When there is none, with the nearest names.
    """
    if name in _STAGES:
        return _load(_STAGES[name])
    if name in _plug_ins():
        return _plug_ins()[name].load()  # type: ignore[no-any-return]
    raise ConfigError(
        f"unknown stage {name!r}", place=place, remedy=did_you_mean(name, stage_names())
    )


def _load(path: str) -> type[Any]:
    module, name = path.split(":")
    return getattr(import_module(module), name)  # type: ignore[no-any-return]


def engine_functions() -> Any:
    """Return the module that opens in-memory frames; the layers below it know it by name only."""
    return import_module("dataprep.engines.frames")


def image_augmentation() -> Any:
    """Return the module that carries out `ImageAugment`; a layer above the stage's own."""
    return import_module("dataprep.feed.augmentation")
