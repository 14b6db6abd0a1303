"""The tests that mutants name, each once."""

RULES = ("tests/test_rules.py::test_every_rule_gives_its_reasons_and_no_others",)
CAPITALS = ("tests/test_rules.py::test_a_domain_is_lower_cased_as_unicode_has_it_for_all_languages",)
ODD_FORMS = ("tests/test_rules.py::test_bronze_keeps_what_was_delivered_whatever_its_form",)
ONE_DAY = ("tests/test_rules.py::test_a_change_in_one_day_leaves_the_other_days_files_alone",)
RESTORED = ("tests/test_rules.py::test_tables_restored_by_hand_are_healed_by_the_next_run",)
CUT_OFF = ("tests/test_rules.py::test_a_crash_between_bronze_and_ledger_is_finished_not_repeated",)
SECOND_BATCH = ("tests/test_rules.py::test_a_second_batch_cut_off_is_taken_in_although_silver_went_on",)
MOVES = ("tests/test_increments.py::test_corrections_move_and_what_lost_comes_back",)
LITTLE_WRITTEN = ("tests/test_costs.py::test_an_increment_is_one_commit_a_table_and_a_run_without_news_none",)
JUDGED_ONCE = ("tests/test_costs.py::test_a_record_is_judged_once_for_all_silver_models",)
OTHER_RULES = ("tests/test_increments.py::test_a_table_built_under_other_rules_is_rebuilt",)
STRANGERS_NOTE = ("tests/test_increments.py::test_a_commit_that_carries_another_table_s_note_is_a_stranger_s",)
NOTHING_NEW = ("tests/test_increments.py::test_a_run_after_a_failed_one_or_by_layer_builds_all",)
LEFT_TO_SPARK = ("tests/test_unchanged.py::test_whatever_speaks_against_it_is_left_to_spark",)
RESTED = (
    "tests/test_unchanged.py::test_a_file_that_has_not_rested_may_change_unseen_and_a_run_that_failed_is_tried_again",
)
OTHER_LAKE = ("tests/test_unchanged.py::test_no_other_lake_is_taken_for_this_one",)
NEWER_LAKE = ("tests/test_formats.py::test_a_newer_lake_is_refused",)
OLDER_LAKE = ("tests/test_formats.py::test_an_older_lake_is_brought_to_the_present_form",)
VERIFIED = ("tests/test_verify.py::test_verify_finds_what_was_changed_by_hand_and_that_all_else_agrees",)
FRAMING = ("tests/unit/test_records.py::test_framing_equals_the_reference",)
REASONS_TO_REJECT = ("tests/unit/test_records.py::test_a_delivery_that_cannot_be_read_names_its_reason",)
GZ = ("tests/unit/test_records.py::test_a_truncated_gz_is_rejected_wherever_it_was_cut",)
LANDED_HALF = ("tests/unit/test_landing.py::test_an_error_half_way_leaves_landing_as_it_was",)
LISTING = ("tests/unit/test_landing.py::test_landing_is_listed_by_the_bytes_of_its_paths",)
KNOWN = ("tests/unit/test_changes.py::test_what_is_news",)
HEADERS = ("tests/unit/test_changes.py::test_a_header_with_a_missing_or_a_repeated_column_is_refused",)
LOCK = ("tests/unit/test_lock.py::test_one_writer_at_a_time_in_one_process_too",)
VERSIONS = ("tests/unit/test_tables.py::test_a_table_s_version_is_its_highest_commit",)
AS_JSON = ("tests/unit/test_tables.py::test_values_as_json",)
FREED = ("tests/test_maintain.py::test_vacuum_frees_what_was_replaced_before_the_retention_and_keeps_the_rest",)
NEEDED_LOG = ("tests/unit/test_retention.py::test_what_was_the_newest_version_within_the_retention_stays",)
DAYS = ("tests/unit/test_retention.py::test_fewer_days_than_promised_are_wrong_usage",)
DIGEST = ("tests/unit/test_retention.py::test_maintenance_leaves_the_digest_of_commits_and_nothing_else_does",)


def units_of(model: str) -> tuple[str, ...]:
    """The dbt unit tests of one model."""
    return ("tests/test_dbt_units.py::test_every_dbt_unit_test_passes_on_an_empty_lake", "--unit-tests-of", model)


SAME_RUN = (
    "tests/test_parts.py::test_a_run_that_was_killed_between_its_two_rows_has_one_of_each_when_it_is_called_again",
)
OTHER_THRESHOLD = ("tests/trust/test_requalify.py::test_another_threshold_moves_rows_and_is_named",)
