package lakehouse;

import java.util.Set;

/** What a statement of a BI client may be made of, by the names that Spark's parser gives; all else is refused. */
final class Allowed {

    private Allowed() {}

    private static Set<String> words(String text) {
        return Set.of(text.trim().split("\\s+"));
    }

    /** Parts of a query, and statements that look at names. */
    static final Set<String> PLANS = words("""
            Aggregate Distinct Except Filter Generate GlobalLimit Intersect Join LateralJoin LimitAll LocalLimit
            LocalRelation Offset OneRowRelation$ OneRowRelation Pivot Project Sample Sort SubqueryAlias Union Unpivot
            UnresolvedHaving UnresolvedInlineTable UnresolvedRelation UnresolvedSubqueryColumnAliases UnresolvedWith
            WithWindowDefinition CurrentNamespace$ DescribeColumn DescribeQueryCommand DescribeRelation
            SetCatalogAndNamespace SetNamespaceCommand ShowCatalogsCommand ShowColumns ShowCurrentNamespaceCommand
            ShowNamespacesCommand ShowTables ShowViews UnresolvedNamespace UnresolvedTableOrView
            """);

    /** Expressions that have a syntax of their own; functions are named below. */
    static final Set<String> EXPRESSIONS = words("""
            Add AggregateExpression Alias And AnyValue AttributeReference BitwiseAnd BitwiseNot BitwiseOr BitwiseXor
            CaseWhen Cast Ceil Coalesce Collate Concat CreateNamedStruct CreateStruct Cube CurrentDate CurrentRow$
            CurrentTimestamp CurrentTime CurrentUser Divide EqualNullSafe EqualTo Exists First Floor GreaterThan
            GreaterThanOrEqual GroupingSets ILike In InSubquery IntegralDivide IsNotNull IsNull LambdaFunction Last
            LateralSubquery LessThan LessThanOrEqual Like LikeAll LikeAny ListQuery Literal Multiply Not NotLikeAll
            NotLikeAny Or Overlay PercentileCont PercentileDisc PivotColumn RLike Remainder Rollup ScalarSubquery
            SortOrder SpecialFrameBoundary SpecifiedWindowFrame StringLocate StringTrim StringTrimBoth StringTrimLeft
            StringTrimRight Substring Subtract TimestampAdd TimestampDiff UnaryMinus UnaryPositive UnboundedFollowing$
            UnboundedPreceding$ UnresolvedAlias UnresolvedAttribute UnresolvedCollation UnresolvedExtractValue
            UnresolvedFunction UnresolvedGenerator UnresolvedNamedLambdaVariable UnresolvedOrdinal UnresolvedRegex
            UnresolvedStar UnresolvedStarExceptOrReplace UnresolvedSubqueryColumnAliases UnresolvedWindowExpression
            UnspecifiedFrame$ WindowExpression WindowSpecDefinition WindowSpecReference
            RangeFrame$ RowFrame$
            """);

    /**
     * Functions of values and rows. Not here: those that read files or run code (`reflect`), say how the server is set
     * up (`input_file_name`), wait for a schema by example (`schema_of_json`), or make much out of little (`repeat`,
     * `sequence`, `format_string`), which would take the memory of all.
     */
    static final Set<String> FUNCTIONS = words("""
            abs acos add_months aggregate any any_value approx_count_distinct approx_percentile array array_agg
            array_append array_compact array_contains array_distinct array_except array_intersect array_join array_max
            array_min array_position array_prepend array_remove array_size array_sort array_union arrays_overlap
            arrays_zip ascii asin atan atan2 avg between bigint bit_and bit_count bit_length bit_or bit_xor bool_and
            bool_or boolean bround btrim cardinality cbrt ceil ceiling char char_length character_length charindex chr
            coalesce collect_list collect_set concat concat_ws contains conv convert_timezone corr cos cosh count
            count_if covar_pop covar_samp crc32 cume_dist curdate current_catalog current_database current_date
            current_schema current_timestamp current_timezone current_user date date_add date_diff date_format
            date_from_unix_date date_part date_sub date_trunc dateadd datediff datepart day dayname dayofmonth dayofweek
            dayofyear decimal degrees dense_rank double e element_at elt endswith equal_null every exists exp explode
            explode_outer expm1 extract factorial filter find_in_set first first_value flatten float floor forall
            format_number from_unixtime from_utc_timestamp get greatest grouping grouping_id hash hex hour hypot if
            ifnull ilike in initcap inline inline_outer instr int isnan isnotnull isnull kurtosis lag last last_day
            last_value lcase lead least left len length levenshtein like listagg ln localtimestamp locate log log10 log1p
            log2 lower lpad ltrim make_date make_dt_interval make_interval make_timestamp make_ym_interval map map_concat
            map_contains_key map_entries map_filter map_from_arrays map_from_entries map_keys map_values map_zip_with max
            max_by md5 mean measure median min min_by minute mod mode month monthname months_between named_struct nanvl
            negative next_day not now nth_value ntile nullif nullifzero nvl nvl2 octet_length overlay percent_rank
            percentile percentile_approx percentile_cont percentile_disc pi pmod posexplode posexplode_outer position
            positive pow power quarter radians rand randn random rank reduce regexp regexp_count regexp_extract
            regexp_extract_all regexp_instr regexp_like regexp_replace regexp_substr regr_avgx regr_avgy regr_count
            regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy replace reverse right rint rlike round row_number
            rpad rtrim second session_user sha1 sha2 sign signum sin sinh size skewness slice smallint some sort_array
            soundex split split_part sqrt startswith std stddev stddev_pop stddev_samp str_to_map string string_agg struct
            substr substring substring_index sum tan tanh timestamp timestamp_micros timestamp_millis timestamp_seconds
            tinyint to_char to_date to_number to_timestamp to_timestamp_ltz to_timestamp_ntz to_unix_timestamp
            to_utc_timestamp to_varchar transform transform_keys transform_values translate trim trunc try_add try_avg
            try_divide try_element_at try_mod try_multiply try_subtract try_sum try_to_date try_to_number
            try_to_timestamp typeof ucase unix_date unix_micros unix_millis unix_seconds unix_timestamp upper user
            var_pop var_samp variance version weekday weekofyear width_bucket xxhash64 year zeroifnull zip_with
            """);

    /** Functions whose second argument says how long the answer becomes. */
    static final Set<String> PADDING = Set.of("lpad", "rpad");

    static final int LONGEST_PADDING = 1_000;

    /** What remains of these statements once Spark has looked their names up. */
    static final Set<String> ANALYSED_COMMANDS = words("""
            DescribeColumn DescribeColumnCommand DescribeQueryCommand DescribeRelation DescribeTableCommand
            SetCatalogAndNamespace SetNamespaceCommand ShowCatalogsCommand ShowColumns ShowColumnsCommand
            ShowCurrentNamespaceCommand ShowDeltaTableColumnsCommand ShowNamespacesCommand ShowTables ShowTablesCommand
            ShowViews ShowViewsCommand CommandResult
            """);

    /** What a query may come down to beside the tables of `published`; the last two are Delta's own reading of its log. */
    static final Set<String> ANALYSED_LEAVES = words("""
            OneRowRelation OneRowRelation$ LocalRelation CTERelationRef LogicalRDD ResolvedNamespace ResolvedTable
            ResolvedPersistentView CommandResult EmptyRelation
            """);
}
