{# Unicode's White_Space property, as a set of characters for trim(). Most values begin and end with a visible ASCII
   character, and to see that costs less than trimming. The last is looked at as a byte: to find a character, all are counted. #}
{% macro trimmed(column) -%}
    case
        when
            {{ column }} >= '!' and {{ column }} < '\u007F'
            and substr(cast({{ column }} as binary), -1) between cast('!' as binary) and cast('~' as binary)
            then {{ column }}
        else trim(both '\t\n\u000B\u000C\r \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000' from coalesce({{ column }}, ''))
    end
{%- endmacro %}

{# Lower case by Unicode's own tables, whatever the language and version of Java. ASCII goes without them: what Spark makes of
   them at the first use takes seconds of each process (docs/decisions/0034-memory-by-need.md). #}
{% macro lowered(text) -%}
    case
        when octet_length({{ text }}) = length({{ text }}) then lower({{ text }})
        else collate(lower(collate({{ text }}, 'UNICODE')), 'UTF8_BINARY')
    end
{%- endmacro %}

{# A day written MM/DD/YYYY or YYYY-MM-DD in ASCII digits, years 0001 to 9999; NULL for all else. #}
{% macro parsed_date(text) -%}
    case
        when {{ text }} rlike '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' and {{ text }} >= '0001'
            then try_cast({{ text }} as date)
        when {{ text }} rlike '^[0-9]{2}/[0-9]{2}/[0-9]{4}$' and substr({{ text }}, 7, 4) >= '0001'
            then try_cast(
                concat(substr({{ text }}, 7, 4), '-', substr({{ text }}, 1, 2), '-', substr({{ text }}, 4, 2)) as date
            )
    end
{%- endmacro %}

{# Grams from their text, rounded once, half up, to ten decimals; NULL where the text is no number of the contract's
   syntax or is 100,000,000 g and more in size. Short texts take the fast way, those of the common form by one look; long
   ones are first cut to the digits that decide, so that no number is too long to be read. #}
{% macro parsed_measure(text) -%}
    case
        when {{ text }} rlike '^[0-9]{1,8}([.][0-9]{1,20})?([eE]-[0-9]{1,2})?$' then try_cast({{ text }} as decimal(18, 10))
        when {{ text }} not rlike '^[+-]?([0-9]+(\\.[0-9]+)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$' then null
        when {{ text }} rlike '^[+-]?[0.]+([eE].*)?$' then cast(0 as decimal(18, 10))
        when length({{ text }}) <= 40 and {{ text }} not rlike '[eE][+-]?[0-9]{4,}$'
            then try_cast({{ text }} as decimal(18, 10))
        else {{ parsed_long_measure(text) }}
    end
{%- endmacro %}

{# The value is 0.DIGITS x 10^magnitude with a first digit that is not 0. Half up looks at the eleventh decimal only, so
   the digits after it may be dropped; a magnitude above 8 is too large and one below -10 rounds to 0. An exponent that
   no bigint holds counts as 10^12 in size: no text is long enough to make up for it. #}
{% macro parsed_long_measure(text) -%}
    get(transform(
        transform(
            array(named_struct(
                'mantissa', regexp_extract({{ text }}, '^[+-]?([0-9.]+)', 1),
                'exponent', regexp_extract({{ text }}, '[eE]([+-]?[0-9]+)$', 1)
            )),
            number -> named_struct(
                'digits', trim(leading '0' from replace(number.mantissa, '.', '')),
                'magnitude', length(split_part(number.mantissa, '.', 1))
                - (length(replace(number.mantissa, '.', '')) - length(trim(leading '0' from replace(number.mantissa, '.', ''))))
                + case
                    when number.exponent = '' then 0L
                    when length(trim(leading '+-0' from number.exponent)) <= 12 then cast(number.exponent as bigint)
                    when number.exponent like '-%' then -1000000000000L
                    else 1000000000000L
                end
            )
        ),
        number -> case
            when number.magnitude > 8 then null
            when number.magnitude < -10 then cast(0 as decimal(18, 10))
            else try_cast(concat(
                if({{ text }} like '-%', '-', ''), '0.',
                substr(number.digits, 1, cast(number.magnitude + 11 as int)), 'e', number.magnitude
            ) as decimal(18, 10))
        end
    ), 0)
{%- endmacro %}

{# 100,000,000 g: what a decimal(18,10) cannot hold, and 100 t for one ad record is no measurement. #}
{% macro too_large_gco2e() -%} 100000000 {%- endmacro %}

{# A domain has a dot, and labels of Unicode letters, digits and inner hyphens. Written without repetition over labels:
   such a pattern would overflow the stack on a very long text. Most domains are ASCII, which is seen sooner; \z is the end of
   the text, where $ would pass over a line feed. #}
{% macro is_invalid_domain(domain) -%}
    (
        {{ domain }} not like '%.%' or {{ domain }} like '%..%' or {{ domain }} like '%-.%' or {{ domain }} like '%.-%'
        or {{ domain }} like '.%' or {{ domain }} like '-%' or {{ domain }} like '%.' or {{ domain }} like '%-'
        or ({{ domain }} not rlike '^[a-z0-9.-]*\\z' and {{ domain }} rlike '[^\\p{L}\\p{Nd}.-]')
    )
{%- endmacro %}

{# |stated - sum| above the larger of the two thresholds in dbt_project.yml: grams, and a share of |sum|. NULL where
   either is missing. Exact: a share of nine decimals of 28 digits is 38 digits. #}
{% macro is_total_mismatch(stated, parts) -%}
    abs({{ stated }} - {{ parts }}) > greatest(
        cast('{{ var("total_mismatch_gco2e") }}' as decimal(28, 10)),
        cast('{{ var("total_mismatch_share") }}' as decimal(9, 9)) * abs({{ parts }})
    )
{%- endmacro %}

{# 128 bits of SHA-256 over the values between unit separators, which no cleaned value contains. #}
{% macro digest(columns) -%}
    substr(sha2(concat_ws('\u001f', {{ columns | join(", ") }}), 256), 1, 32)
{%- endmacro %}
