#!/usr/bin/env bash
# Read by every Spark launcher (pyspark, spark-sql, the Thrift server): one class path for all doors.
lakehouse_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export SPARK_DIST_CLASSPATH="${lakehouse_root}/.build/jars/*"
export SPARK_LOCAL_IP="${SPARK_LOCAL_IP:-127.0.0.1}"
# Small lakes: LAKE_JAVA_OPTIONS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" starts and warms up faster.
export SPARK_SUBMIT_OPTS="${SPARK_SUBMIT_OPTS:-} ${LAKE_JAVA_OPTIONS:--XX:+UseParallelGC}"
