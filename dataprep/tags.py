"""What scikit-learn and imbalanced-learn are told of an estimator: their tags."""

from __future__ import annotations

from typing import Any


def tags_of(*, transforms: bool, resamples: bool, balances: bool) -> Any:
    """Return the tags: missing values, strings and categories are welcome."""
    from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

    welcome = {"allow_nan": True, "string": True, "categorical": True}
    said: dict[str, Any] = {
        "estimator_type": "transformer" if transforms else "sampler",
        "target_tags": TargetTags(required=balances),
        "transformer_tags": TransformerTags(preserves_dtype=[]) if transforms else None,
    }
    if not resamples:
        return Tags(**said, input_tags=InputTags(**welcome))
    # imbalanced-learn extends the tags and has no public name for its own.
    from imblearn.utils import _tags as extended

    return extended.Tags(
        **said,
        input_tags=extended.InputTags(**welcome, dataframe=True, sparse=balances),
        sampler_tags=extended.SamplerTags(sample_indices=True),
        classifier_tags=None,
        regressor_tags=None,
    )
