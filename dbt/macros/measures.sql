{# Every formula over measures, once. Grams are decimal(18,10) in a record and decimal(28,10) in a sum. #}

{# Mean in grams, rounded once, half up, to ten decimals: dividing a decimal(38,10), which a sum is, by a bigint gives
   a decimal of scale 10. NULL where the count is 0. #}
{% macro average(total, count) -%}
    cast(try_divide({{ total }}, {{ count }}) as decimal(28, 10))
{%- endmacro %}

{# Part of a whole as a double; NULL where the whole is 0. #}
{% macro share(part, whole) -%}
    try_divide(cast({{ part }} as double), cast({{ whole }} as double))
{%- endmacro %}

{# Sum of grams. #}
{% macro total(measure) -%}
    cast(sum({{ measure }}) as decimal(28, 10))
{%- endmacro %}

{# Modified z-score, Iglewicz and Hoaglin (1993): 0.6745 (x - median) / MAD, and where MAD is 0 the mean absolute
   deviation times 1.253314 stands in for it. NULL where that is 0 too. #}
{% macro modified_z_score(value, median, median_deviation, mean_deviation) -%}
    case
        when {{ median_deviation }} > 0 then 0.6745D * ({{ value }} - {{ median }}) / {{ median_deviation }}
        when {{ mean_deviation }} > 0 then ({{ value }} - {{ median }}) / (1.253314D * {{ mean_deviation }})
    end
{%- endmacro %}

{# Twice the median of a sorted array that is not empty: the sum of its two middle values, so that no half is lost. #}
{% macro doubled_median(sorted) -%}
    (
        {{ sorted }}[cast((size({{ sorted }}) - 1) div 2 as int)]
        + {{ sorted }}[cast(size({{ sorted }}) div 2 as int)]
    )
{%- endmacro %}

{# Iglewicz and Hoaglin (1993) recommend 3.5 for the modified z-score. #}
{% macro modified_z_limit() -%} 3.5D {%- endmacro %}

{# Two sample standard deviations: the common convention for a first look. #}
{% macro z_limit() -%} 2.0D {%- endmacro %}

{# Two weeks of days with records: for a domain with records every day, each weekday twice. #}
{% macro least_history_days() -%} 14 {%- endmacro %}

{# Fewer domains than this say nothing about an outlier. #}
{% macro least_domains() -%} 10 {%- endmacro %}
