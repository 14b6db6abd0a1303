"""The DAG, run by Airflow itself."""
