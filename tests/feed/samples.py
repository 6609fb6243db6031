"""Small tables to be fed, and what comes out of a dataset in plain lists."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def people():
    """Return 100 rows: a number that names the row, text, a boolean, and an uneven target."""
    number = np.arange(100)
    return pd.DataFrame(
        {
            "row": number.astype("float64"),
            "plan": [f"plan {i % 3}" for i in number],
            "paid": number % 2 == 0,
            "churned": np.where(number % 10 == 0, "yes", "no"),
        }
    )


def big(folder, group=90):
    """Write a Parquet file of 1,000 rows in small row groups, sorted by its target."""
    number = np.arange(1000)
    frame = pd.DataFrame(
        {
            "row": number.astype("float32"),
            "word": [f"w{i % 7}" for i in number],
            "y": number // 250,
            "sample_weight": 1.0 + number / 1000,
        }
    )
    path = folder / "big.parquet"
    pq.write_table(pa.Table.from_pandas(frame), path, row_group_size=group)
    return path


def rows_of(dataset, column="row"):
    """Return the batches of an iteration as lists of the numbers that name their rows."""
    return [np.asarray(batch[0][column]).astype(int).tolist() for batch in dataset]


def flat(batches):
    """Return the rows of batches one after the other."""
    return [row for batch in batches for row in batch]
