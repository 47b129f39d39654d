"""The work under Prefect: retries, limits, logs, chunks and artifacts around what the core does."""
