-- All messages of one session out of the columns that DuckDB's own import extracted.
SELECT count(*), min(time), max(time), count(DISTINCT message) FROM '${TYPED_PARQUET}' WHERE session_id = '${SESSION}';
