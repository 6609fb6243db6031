"""The job of each night, for Airflow 3: a task that fails when the job does."""

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException


class Dataprep(BashOperator):
    """A dataprep command: exit codes 1 (data) and 2 (configuration) fail without another try."""

    def __init__(self, **kwargs):
        super().__init__(skip_on_exit_code=[1, 2], append_env=True, **kwargs)

    def execute(self, context):
        """Run the command; what would be skipped has failed for good."""
        try:
            return super().execute(context)
        except AirflowSkipException as error:
            raise AirflowFailException(str(error)) from None


with DAG(
    dag_id="churn_nightly",
    schedule="0 3 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
):
    Dataprep(
        task_id="prepare",
        bash_command=(
            "/opt/dataprep/bin/dataprep run /etc/dataprep/nightly.yaml"
            " --date {{ dag_run.run_after | ds }} --log-format json"
        ),
        env={"DATAPREP_HISTORY": "/var/lib/dataprep/history.sqlite"},
        # More than the job's own timeout, which says what was going on.
        execution_timeout=timedelta(hours=2),
    )
