"""Values that look like numbers, days, names or programs."""

from tests.bad_input.case import Case, Loaded, record, refused, text_of

MEASURE = "adSelectionEmissions"


def _measure(path: str, text: str, what: str = "", *reasons: str, total: str = "0.6") -> Case:
    content = text_of(record(path, **{MEASURE: f'"{text}"', "totalEmissions": total}))
    return Case(path, what or f"the measure `{text}`", content, refused(*reasons) if reasons else Loaded())


def _value(path: str, column: str, text: str, what: str, *reasons: str) -> Case:
    content = text_of(record(path, **{column: text}))
    return Case(path, what, content, refused(*reasons) if reasons else Loaded())


def _no_number(path: str, text: str, what: str = "") -> Case:
    return _measure(path, text, what, "invalid_measure")


NUMBERS = [
    _no_number("n-underscore.csv", "1_000"),
    _no_number("n-hex.csv", "0x1"),
    _no_number("n-full-width.csv", "\uff10.\uff11", "a measure in full-width digits"),
    _no_number("n-arabic.csv", "\u0660.\u0661", "a measure in Arabic-Indic digits"),
    _no_number("n-minus-sign.csv", "\u22121", "the measure `−1` with the sign U+2212"),
    _no_number("n-nan.csv", "NaN"),
    _no_number("n-infinity.csv", "Infinity"),
    _no_number("n-minus-inf.csv", "-inf"),
    _no_number("n-decimal-comma.csv", "1,5"),
    _no_number("n-thousands.csv", "1,000.5"),
    _no_number("n-space.csv", "1 000"),
    _no_number("n-dot.csv", "."),
    _no_number("n-trailing-dot.csv", "1."),
    _no_number("n-two-signs.csv", "--1"),
    _no_number("n-two-dots.csv", "1.2.3"),
    _no_number("n-no-exponent.csv", "1e"),
    _no_number("n-dot-exponent.csv", ".e1"),
    _no_number("n-exponent-dot.csv", "1e1.5"),
    _no_number("n-suffix.csv", "0.1f"),
    _no_number("n-unit.csv", "0.1 g"),
    _no_number("n-percent.csv", "10%"),
    _no_number("n-null.csv", "NULL"),
    _no_number("n-true.csv", "true"),
    _no_number("n-nul.csv", "0.1\0", "a measure with NUL behind"),
    _no_number("n-zero-width.csv", "0.1\u200b", "a measure with a zero-width space behind"),
    _no_number("n-inner-newline.csv", "0.\n1", "a measure with a line break within"),
    _measure("n-empty.csv", "", "an empty measure", "missing_measure"),
    _measure("n-spaces.csv", " \u3000", "a measure of white space", "missing_measure"),
    _measure("n-around.csv", "\u00a0\t0.1\n\u2028", "a measure between white space"),
    _measure("n-plus.csv", "+.1"),
    _measure("n-leading-zeros.csv", "0" * 400 + "0.1", "a measure with 400 leading zeros"),
    _measure("n-capital-e.csv", "1E-0000001"),
    _measure("n-tiny.csv", "1e-400", total="0.5"),
    _measure("n-tiny-exponent.csv", "1e-999999999999999999999", total="0.5"),
    _measure("n-minus-tiny.csv", "-1e-400", total="0.5"),
    _measure("n-minus-zero.csv", "-0e99999999999", total="0.5"),
    _measure("n-half-up.csv", "0.00000000005", total="0.5000000001"),
    _measure("n-half-down.csv", "0.000000000049999", total="0.5"),
    _measure("n-many-digits.csv", "0.1" + "0" * 100_000 + "1", "a measure of 100,000 digits"),
    _measure("n-long-exact.csv", "1" + "0" * 5_000 + "e-5001", "the measure 0.1 with 5,000 zeros and an exponent"),
    _no_number("n-huge.csv", "1e400"),
    _no_number("n-huge-exponent.csv", "1e999999999999999999999"),
    _no_number("n-huge-digits.csv", "9" * 100_000, "a measure of 100,000 nines"),
    _no_number("n-limit.csv", "100000000"),
    _no_number("n-rounds-to-limit.csv", "99999999.99999999999"),
    _measure("n-below-limit.csv", "99999999.4", total="99999999.9"),
    _measure(
        "n-sum-limit.csv", "99999999.5", "a sum of the parts of 100,000,000", "invalid_measure", total="99999999.9"
    ),
    _measure("n-negative.csv", "-0.1", "", "negative_measure", total="0.4"),
    _measure("n-negative-huge.csv", "-99999999999", "", "invalid_measure"),
    _measure("n-total.csv", "0.1", "a total that is not the sum", "total_mismatch", total="0.7"),
]
DATES = [
    _value("d-ambiguous.csv", "date", "01/02/2025", "`01/02/2025`: the month comes first"),
    _value("d-day-first.csv", "date", "31/12/2024", "`31/12/2024`: there is no month 31", "invalid_date"),
    *[
        _value(f"d-{name}.csv", "date", text, f"the day `{text}`", "invalid_date")
        for name, text in (
            ("no-leap", "2025-02-29"),
            ("no-leap-century", "1900-02-29"),
            ("february-30", "02/30/2024"),
            ("month-13", "2025-13-01"),
            ("month-0", "2025-00-10"),
            ("year-0", "0000-01-01"),
            ("narrow", "2025-7-1"),
            ("short-year", "07/01/25"),
            ("compact", "20250701"),
            ("slashes", "2025/07/01"),
            ("dots", "01.07.2025"),
            ("time", "2025-07-01T00:00:00Z"),
            ("serial", "45839"),
            ("word", "yesterday"),
            ("name", "1 July 2025"),
            ("signed", "+2025-07-01"),
            ("year-10000", "10000-01-01"),
        )
    ],
    _value("d-full-width.csv", "date", "２０２５-07-01", "a day in full-width digits", "invalid_date"),
    _value("d-leap.csv", "date", "02/29/2024", "`02/29/2024`, a leap day"),
    _value("d-year-1.csv", "date", "0001-01-01", "the first day of year 1"),
    _value("d-julian.csv", "date", "1582-10-10", "a day that the Gregorian reform left out"),
    _value("d-future.csv", "date", "9999-12-31", "the last day of year 9999", "future_date"),
    _value("d-around.csv", "date", "\u2003 2025-07-01\u0085", "a day between white space"),
]
TEXTS = [
    _value(
        "t-right-to-left.csv", "domain", "\u202egro.example", "a right-to-left override in a domain", "invalid_domain"
    ),
    _value("t-zero-width.csv", "domain", "a\u200b.example", "a zero-width space in a domain", "invalid_domain"),
    _value("t-bom-inside.csv", "domain", "\ufeffa.example", "a byte order mark before a domain", "invalid_domain"),
    _value("t-arabic.csv", "domain", "مثال.example", "a right-to-left domain"),
    _value("t-decomposed.csv", "domain", "cafe\u0301.example", "a domain with a combining accent", "invalid_domain"),
    _value("t-composed.csv", "domain", "caf\u00e9.example", "a domain with a composed accent"),
    _value(
        "t-dotted-i.csv",
        "domain",
        "\u0130.example",
        "a capital İ, which lower-cases to two characters",
        "invalid_domain",
    ),
    _value("t-emoji.csv", "domain", "\U0001f600.example", "an emoji in a domain", "invalid_domain"),
    _value("t-escape.csv", "domain", "\x1b[31ma.example", "a terminal command in a domain", "invalid_domain"),
    _value("t-url.csv", "domain", "https://a.example/", "an address instead of a domain", "invalid_domain"),
    _value("t-line-separator.csv", "domain", "a\u2028b.example", "U+2028 in a domain", "invalid_domain"),
    _value("t-nel.csv", "domain", "a\u0085b.example", "U+0085 in a domain", "invalid_domain"),
    _value("t-unit-separator.csv", "domain", "a\x1fb.example", "U+001F in a domain", "invalid_domain"),
    _value("t-sql.csv", "domain", "x';drop table silver.emissions;--.example", "SQL in a domain", "invalid_domain"),
    _value("t-template.csv", "domain", "{{ 1/0 }}.example", "a template in a domain", "invalid_domain"),
    _value("t-long.csv", "domain", "a." * 50_000 + "example", "a domain of 50,000 labels"),
    _value(
        "t-country-zero-width.csv", "country", "DE\u200d", "a zero-width joiner behind a country", "unknown_country"
    ),
    _value("t-country-full-width.csv", "country", "ＤＥ", "a country in full-width letters", "unknown_country"),
    _value("t-device.csv", "device", "mobile\0", "NUL behind a device", "unknown_device"),
    _value("t-size.csv", "ad_size", "300×250", "a multiplication sign in an ad size", "invalid_ad_size"),
    _value("t-size-full-width.csv", "ad_size", "３００x250", "full-width digits in an ad size", "invalid_ad_size"),
]
FORMULAS = [
    _value(f"f-{name}.csv", "domain", text, f"the domain `{text}`, a formula in a spreadsheet", "invalid_domain")
    for name, text in (
        ("equals", "=cmd()"),
        ("at", "@SUM(A1)"),
        ("plus", "+1+1"),
        ("minus", "-2+3"),
        ("pipe", "=cmd|'/C calc'!A0"),
    )
] + [
    Case(
        "f-measure.csv",
        "the measure `=1+1`",
        text_of(record("f-measure.csv", **{MEASURE: "=1+1"})),
        refused("invalid_measure"),
    ),
    Case(
        "f-tab.csv",
        "a tab before `=cmd()` in a domain",
        text_of(record("f-tab.csv", domain="\t=cmd()")),
        refused("invalid_domain"),
    ),
]
CASES = [*NUMBERS, *DATES, *TEXTS, *FORMULAS]
