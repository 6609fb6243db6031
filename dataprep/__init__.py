"""Prepare data for training: repair, clean, balance, augment, feed; nothing lost, nothing leaked.

The public names are imported when they are first used, so that ``import dataprep`` is instant.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dataprep._version import __version__

_HOME = {
    "Pipeline": "dataprep.pipeline",
    "Result": "dataprep.result",
    "Stage": "dataprep.stage",
    "Change": "dataprep.stage",
    "Table": "dataprep.table",
    "clean": "dataprep.cleaning",
    "prior_correction": "dataprep.priors",
    "best_threshold": "dataprep.thresholds",
    "read": "dataprep.cleaning",
    "validate": "dataprep.validating",
    "drift": "dataprep.drifting",
    "label_queue": "dataprep.labelling",
    "merge_labels": "dataprep.labelling",
    "suggest_expectations": "dataprep.validating",
    "Types": "dataprep.stages.types",
    "DropMissing": "dataprep.stages.missing",
    "Impute": "dataprep.stages.impute",
    "ImputeKNN": "dataprep.stages.impute_knn",
    "ImputeIterative": "dataprep.stages.impute_iterative",
    "MissingIndicator": "dataprep.stages.missing",
    "ZScore": "dataprep.stages.outliers",
    "MAD": "dataprep.stages.outliers",
    "IQR": "dataprep.stages.outliers",
    "Quantile": "dataprep.stages.outliers",
    "IsolationOutliers": "dataprep.stages.multivariate",
    "LOF": "dataprep.stages.multivariate",
    "DropDuplicates": "dataprep.stages.duplicates",
    "NormaliseText": "dataprep.stages.text",
    "MergeCategories": "dataprep.stages.categories",
    "Scale": "dataprep.stages.scale",
    "Encode": "dataprep.stages.encode",
    "DropColumns": "dataprep.stages.drop_columns",
    "FuzzyDuplicates": "dataprep.stages.fuzzy_duplicates",
    "DetectErrors": "dataprep.stages.detect_errors",
    "RandomOverSampler": "dataprep.stages.resample.random",
    "RandomUnderSampler": "dataprep.stages.resample.random",
    "SMOTE": "dataprep.stages.resample.smote",
    "SMOTENC": "dataprep.stages.resample.smote",
    "SMOTEN": "dataprep.stages.resample.smote",
    "BorderlineSMOTE": "dataprep.stages.resample.borderline",
    "SVMSMOTE": "dataprep.stages.resample.borderline",
    "KMeansSMOTE": "dataprep.stages.resample.adaptive",
    "ADASYN": "dataprep.stages.resample.adaptive",
    "TomekLinks": "dataprep.stages.resample.cleaning",
    "EditedNearestNeighbours": "dataprep.stages.resample.editing",
    "RepeatedEditedNearestNeighbours": "dataprep.stages.resample.editing",
    "AllKNN": "dataprep.stages.resample.editing",
    "NeighbourhoodCleaningRule": "dataprep.stages.resample.cleaning_rule",
    "CondensedNearestNeighbour": "dataprep.stages.resample.condensing",
    "OneSidedSelection": "dataprep.stages.resample.condensing",
    "NearMiss": "dataprep.stages.resample.near_miss",
    "InstanceHardnessThreshold": "dataprep.stages.resample.hardness",
    "ClusterCentroids": "dataprep.stages.resample.centroids",
    "SMOTEENN": "dataprep.stages.resample.combined",
    "SMOTETomek": "dataprep.stages.resample.combined",
    "Jitter": "dataprep.stages.augment.jitter",
    "MixUp": "dataprep.stages.augment.mixup",
    "TabularVAE": "dataprep.stages.augment.tabular_vae",
    "ConsensusLabel": "dataprep.stages.labels.consensus_label",
    "LabelErrors": "dataprep.stages.labels.label_errors",
    "PseudoLabel": "dataprep.stages.labels.pseudo_label",
    "ClusterLabel": "dataprep.stages.labels.cluster_label",
    "LabelSpreading": "dataprep.stages.labels.label_spreading",
    "LabelingRules": "dataprep.stages.labels.labeling_rules",
    "MergeLabels": "dataprep.stages.labels.merge_labels",
    "ConflictingLabels": "dataprep.stages.labels.conflicting_labels",
    "ClassWeight": "dataprep.stages.weights",
    "ImageAugment": "dataprep.stages.augment.image_augment",
    "Split": "dataprep.stages.split",
    "Drift": "dataprep.stages.drift",
    "EscapeFormulas": "dataprep.stages.formulas",
    "ImageStats": "dataprep.stages.images.image_stats",
    "DropCorruptImages": "dataprep.stages.images.drop_corrupt",
    "ImageDuplicates": "dataprep.stages.images.duplicates",
    "all_columns": "dataprep.columns",
    "numeric": "dataprep.columns",
    "continuous": "dataprep.columns",
    "category": "dataprep.columns",
    "text": "dataprep.columns",
    "boolean": "dataprep.columns",
    "temporal": "dataprep.columns",
    "identifier": "dataprep.columns",
    "target": "dataprep.columns",
    "role": "dataprep.columns",
    "kind": "dataprep.columns",
    "matching": "dataprep.columns",
    "DataprepError": "dataprep.errors",
}

_MODULES = {
    "errors": "dataprep.errors",
    "feed": "dataprep.feed",
    "training": "dataprep.feed.training",
}

__all__ = [*_HOME, *_MODULES, "__version__"]

if TYPE_CHECKING:
    from dataprep.cleaning import clean as clean
    from dataprep.cleaning import read as read
    from dataprep.columns import (
        all_columns as all_columns,
    )
    from dataprep.columns import (
        boolean as boolean,
    )
    from dataprep.drifting import drift as drift
    from dataprep.labelling import label_queue as label_queue
    from dataprep.labelling import merge_labels as merge_labels
    from dataprep.pipeline import Pipeline as Pipeline
    from dataprep.priors import prior_correction as prior_correction
    from dataprep.stage import Change as Change
    from dataprep.stage import Stage as Stage
    from dataprep.stages.augment.image_augment import ImageAugment as ImageAugment
    from dataprep.stages.augment.jitter import Jitter as Jitter
    from dataprep.stages.augment.mixup import MixUp as MixUp
    from dataprep.stages.augment.tabular_vae import TabularVAE as TabularVAE
    from dataprep.stages.categories import MergeCategories as MergeCategories
    from dataprep.stages.detect_errors import DetectErrors as DetectErrors
    from dataprep.stages.drift import Drift as Drift
    from dataprep.stages.drop_columns import DropColumns as DropColumns
    from dataprep.stages.duplicates import DropDuplicates as DropDuplicates
    from dataprep.stages.encode import Encode as Encode
    from dataprep.stages.fuzzy_duplicates import FuzzyDuplicates as FuzzyDuplicates
    from dataprep.stages.images.drop_corrupt import DropCorruptImages as DropCorruptImages
    from dataprep.stages.images.duplicates import ImageDuplicates as ImageDuplicates
    from dataprep.stages.images.image_stats import ImageStats as ImageStats
    from dataprep.stages.impute import Impute as Impute
    from dataprep.stages.impute_iterative import ImputeIterative as ImputeIterative
    from dataprep.stages.impute_knn import ImputeKNN as ImputeKNN
    from dataprep.stages.labels.cluster_label import ClusterLabel as ClusterLabel
    from dataprep.stages.labels.conflicting_labels import ConflictingLabels as ConflictingLabels
    from dataprep.stages.labels.consensus_label import ConsensusLabel as ConsensusLabel
    from dataprep.stages.labels.label_errors import LabelErrors as LabelErrors
    from dataprep.stages.labels.label_spreading import LabelSpreading as LabelSpreading
    from dataprep.stages.labels.labeling_rules import LabelingRules as LabelingRules
    from dataprep.stages.labels.merge_labels import MergeLabels as MergeLabels
    from dataprep.stages.labels.pseudo_label import PseudoLabel as PseudoLabel
    from dataprep.stages.missing import DropMissing as DropMissing
    from dataprep.stages.missing import MissingIndicator as MissingIndicator
    from dataprep.stages.multivariate import LOF as LOF
    from dataprep.stages.multivariate import IsolationOutliers as IsolationOutliers
    from dataprep.stages.outliers import IQR as IQR
    from dataprep.stages.outliers import MAD as MAD
    from dataprep.stages.outliers import Quantile as Quantile
    from dataprep.stages.outliers import ZScore as ZScore
    from dataprep.stages.resample.adaptive import ADASYN as ADASYN
    from dataprep.stages.resample.adaptive import KMeansSMOTE as KMeansSMOTE
    from dataprep.stages.resample.borderline import SVMSMOTE as SVMSMOTE
    from dataprep.stages.resample.borderline import BorderlineSMOTE as BorderlineSMOTE
    from dataprep.stages.resample.centroids import ClusterCentroids as ClusterCentroids
    from dataprep.stages.resample.cleaning import TomekLinks as TomekLinks
    from dataprep.stages.resample.cleaning_rule import (
        NeighbourhoodCleaningRule as NeighbourhoodCleaningRule,
    )
    from dataprep.stages.resample.condensing import (
        CondensedNearestNeighbour as CondensedNearestNeighbour,
    )
    from dataprep.stages.resample.condensing import OneSidedSelection as OneSidedSelection
    from dataprep.stages.resample.editing import AllKNN as AllKNN
    from dataprep.stages.resample.editing import EditedNearestNeighbours as EditedNearestNeighbours
    from dataprep.stages.resample.editing import (
        RepeatedEditedNearestNeighbours as RepeatedEditedNearestNeighbours,
    )
    from dataprep.stages.resample.hardness import (
        InstanceHardnessThreshold as InstanceHardnessThreshold,
    )
    from dataprep.stages.resample.near_miss import NearMiss as NearMiss
    from dataprep.stages.resample.random import RandomOverSampler as RandomOverSampler
    from dataprep.stages.resample.random import RandomUnderSampler as RandomUnderSampler
    from dataprep.stages.resample.smote import SMOTE as SMOTE
    from dataprep.stages.resample.smote import SMOTEN as SMOTEN
    from dataprep.stages.resample.smote import SMOTENC as SMOTENC
    from dataprep.stages.scale import Scale as Scale
    from dataprep.stages.split import Split as Split
    from dataprep.stages.text import NormaliseText as NormaliseText
    from dataprep.stages.types import Types as Types
    from dataprep.stages.weights import ClassWeight as ClassWeight
    from dataprep.table import Table as Table
    from dataprep.thresholds import best_threshold as best_threshold
    from dataprep.validating import suggest_expectations as suggest_expectations
    from dataprep.validating import validate as validate


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name not in _HOME:
        raise AttributeError(f"module 'dataprep' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
