"""Several workers and replicas: shards that share no row, and strategies that come to an end."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from samples import flat, people, rows_of

import dataprep as dp


def test_shards_are_disjoint_equal_and_know_their_length():
    """Of 100 rows, three shards have 33 each in every epoch; the row left over changes."""
    fed = [dp.feed.dataset(people(), "churned", batch_size=10, shard=(i, 3)) for i in range(3)]
    left = []
    for _ in range(3):
        parts = [flat(rows_of(one)) for one in fed]
        assert [len(rows) for rows in parts] == [33, 33, 33]
        assert len(set(flat(parts))) == 99
        left += set(range(100)) - set(flat(parts))
    assert len(set(left)) > 1
    assert [int(one.cardinality()) for one in fed] == [4, 4, 4]


def test_shards_of_balanced_rows_are_balanced():
    """Each shard of a balanced epoch has as many rows of both classes, within one."""
    for i in range(2):
        fed = dp.feed.dataset(people(), "churned", batch_size=90, balance="class", shard=(i, 2))
        labels = [int(label) for _, y in fed for label in y]
        assert (len(labels), abs(sum(labels) - 45) <= 1) == (90, True)


@pytest.mark.slow
def test_a_mirrored_strategy_trains_on_two_replicas():
    """Each global batch is shared by two logical processors, and an epoch ends."""
    out = run(MIRRORED)
    assert out == {"replicas": 2, "rows": [list(range(100))] * 2, "losses": 2}


@pytest.mark.slow
def test_two_workers_of_one_strategy_share_the_rows():
    """Two processes train together, each on its shard: no row twice, and none of them waits."""
    ports = [free_port() for _ in range(2)]
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    workers = [
        started(
            WORKER,
            TF_CONFIG=json.dumps({"cluster": cluster, "task": {"type": "worker", "index": i}}),
        )
        for i in range(2)
    ]
    try:
        outs = [worker.communicate(timeout=180) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    for worker, (_, err) in zip(workers, outs, strict=True):
        assert worker.returncode == 0, err[-3000:]
    found = [json.loads(out.splitlines()[-1]) for out, _ in outs]
    rows = [worker["rows"] for worker in found]
    assert [len(one) for one in rows] == [50, 50]
    assert sorted(flat(rows)) == list(range(100))
    # The gradients of both are reduced: the models are one.
    assert found[0]["weights"] == found[1]["weights"]


BEGIN = f"""
import json, os, sys
sys.path[:0] = [{str(Path(__file__).parent)!r}]
import tensorflow as tf
import dataprep as dp
from samples import people
"""
MIRRORED = (
    BEGIN
    + """
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
frame = people()[["row", "churned"]]
fed = dp.feed.dataset(frame, "churned", batch_size=16, features="matrix")
rows = []
for _ in range(2):
    seen = []
    for x, y in strategy.experimental_distribute_dataset(fed):
        for part in strategy.experimental_local_results(x):
            seen += part.numpy().ravel().astype(int).tolist()
    rows.append(sorted(seen))
import keras
with strategy.scope():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
losses = model.fit(fed, epochs=2, verbose=0, shuffle=False).history["loss"]
print(json.dumps({"replicas": strategy.num_replicas_in_sync, "rows": rows, "losses": len(losses)}))
"""
)
WORKER = (
    BEGIN
    + """
strategy = tf.distribute.MultiWorkerMirroredStrategy()
frame = people()[["row", "churned"]]
def fed(context):
    shard = (context.input_pipeline_id, context.num_input_pipelines)
    return dp.feed.dataset(frame, "churned", batch_size=8, features="matrix", shard=shard)
with strategy.scope():
    weight = tf.Variable(0.0)
rows = []
@tf.function
def step(x, y):
    def one(x, y):
        error = tf.reduce_mean(weight * x[:, 0] / 100.0 - tf.cast(y, tf.float32))
        context = tf.distribute.get_replica_context()
        weight.assign_sub(0.1 * context.all_reduce(tf.distribute.ReduceOp.MEAN, error))
    strategy.run(one, args=(x, y))
for x, y in strategy.distribute_datasets_from_function(fed):
    for part in strategy.experimental_local_results(x):
        rows += part.numpy().ravel().astype(int).tolist()
    step(x, y)
print(json.dumps({"rows": rows, "weights": float(weight.numpy())}))
"""
)


def started(code, **env):
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2", **env},
    )


def run(code):
    with started(code) as process:
        out, err = process.communicate(timeout=180)
    assert process.returncode == 0, err[-3000:]
    return json.loads(out.splitlines()[-1])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
