#!/usr/bin/env bash
# Read by every Spark launcher (pyspark, spark-sql, the Thrift server): one class path for all doors.
lakehouse_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export SPARK_LOCAL_IP="${SPARK_LOCAL_IP:-127.0.0.1}"
# Of jars alone: Java takes no class-data archive where a folder with files stands on the class path, as this one would.
# So log4j2 is told its file, and the last -cp is the one that counts.
jars="${SPARK_HOME}/jars/*:${lakehouse_root}/.build/jars/*"
# Behind the others, so that the archive of classes, which knows only those, still fits.
if [[ -n "${LAKE_ON_S3:-}" ]]; then jars+=":${lakehouse_root}/.build/s3-jars/*"; fi
options="-cp \"${jars}\" -Dlog4j2.configurationFile=\"${lakehouse_root}/spark_conf/log4j2.properties\""
# Classes read and checked once, by set-up (lake/class_data.py); Java passes over an archive that does not fit.
if [[ -n "${LAKE_CLASS_DATA_OUT:-}" ]]; then
  options+=" -XX:ArchiveClassesAtExit=\"${LAKE_CLASS_DATA_OUT}\""
elif [[ -f "${lakehouse_root}/.build/classes.jsa" ]]; then
  options+=" -XX:SharedArchiveFile=\"${lakehouse_root}/.build/classes.jsa\" -Xshare:auto"
fi
# Executors of a cluster are started by its workers, which know no options of the driver's.
export SPARK_DIST_CLASSPATH="${lakehouse_root}/.build/jars/*:${lakehouse_root}/.build/s3-jars/*"
# What Java itself has to say goes to stderr: stdout is for answers.
options+=" -Xlog:disable -Xlog:all=error:stderr -XX:ReservedCodeCacheSize=256m"
# Room from the start for what every run needs: Java would begin with a 64th of the machine's memory and collect garbage all
# along its way up. Spark itself asks for 450 MB of heap at least.
options+=" -Xms448m -XX:NewSize=224m -XX:MetaspaceSize=256m"
# Java leaves methods of more than 8,000 bytes to its interpreter, and what judges a record becomes one of these.
options+=" -XX:-DontCompileHugeMethods"
# One command on a small lake ends before the optimizing compiler pays: lake/sizing.py sets LAKE_JAVA_OPTIONS. A longer one
# calls so much code a few thousand times that this compiler, at its usual thresholds, takes a quarter of the CPU: ten times
# as high they leave it what is called all the time.
late="-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 -XX:Tier4CompileThreshold=150000"
late+=" -XX:Tier4BackEdgeThreshold=400000"
export SPARK_SUBMIT_OPTS="${SPARK_SUBMIT_OPTS:-} ${options} ${LAKE_JAVA_OPTIONS:--XX:+UseParallelGC ${late}}"
