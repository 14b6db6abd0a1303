"""Headers, delimiters, quotes and line ends."""

from tests.bad_input.case import HEADER, Case, Loaded, Rejected, record, refused, text_of

ALL_COLUMNS = HEADER.replace(",", ", ")
ALL_MISSING = Rejected(f"missing column: {ALL_COLUMNS}")
OPEN = Rejected("a quote is still open at the end of the file")
MALFORMED = ("malformed_line",)


def _headed(path: str, what: str, header: str, outcome: Rejected | Loaded, *, more: str = "") -> Case:
    return Case(path, what, text_of(record(path) + more, header=header), outcome)


def _lines(path: str, what: str, text: str, outcome: Rejected | Loaded) -> Case:
    """A valid record, `{good}` in the text, and what is around it."""
    return Case(path, what, f"{HEADER}\n{text.replace('{good}', record(path))}".encode(), outcome)


HEADERS = [
    Case("header-only.csv", "a header only", text_of(), Loaded(0)),
    Case("header-unended.csv", "a header only, without a line end", HEADER.encode(), Loaded(0)),
    _headed("no-header.csv", "no header: the first line is a record", record("no-header.csv", 2), ALL_MISSING),
    _headed(
        "column-missing.csv", "a column is missing", HEADER.replace("device,", "x,"), Rejected("missing column: device")
    ),
    _headed(
        "column-repeated.csv", "a column stands twice", f"{HEADER},date", Rejected("repeated column: date"), more=",x"
    ),
    _headed(
        "extra-repeated.csv",
        "an extra column stands twice",
        f"{HEADER},x,x",
        Rejected("repeated column: x"),
        more=",1,2",
    ),
    _headed(
        "trailing-commas.csv",
        "two columns without a name",
        f"{HEADER},,",
        Rejected("repeated column: (a column without a name)"),
        more=",,",
    ),
    _headed("trailing-comma.csv", "one column without a name", f"{HEADER},", Loaded(), more=","),
    _headed(
        "column-renamed.csv",
        "a column has another name",
        HEADER.replace("domain,", "site,"),
        Rejected("missing column: domain"),
    ),
    _headed("column-case.csv", "names in capitals", HEADER.upper(), ALL_MISSING),
    _headed("column-both-cases.csv", "`date` and an extra `Date`", f"{HEADER},Date", Loaded(), more=",x"),
    _headed("column-spaces.csv", "names between white space", HEADER.replace(",", " ,\u00a0\t"), Loaded()),
    _headed(
        "column-inner-space.csv",
        "white space within a name",
        HEADER.replace("ad_size", "ad size"),
        Rejected("missing column: ad_size"),
    ),
    _headed(
        "column-zero-width.csv", "a zero-width space before a name", "\u200b" + HEADER, Rejected("missing column: date")
    ),
    _headed(
        "column-homoglyph.csv",
        "a Cyrillic letter in a name",
        HEADER.replace("device", "d\u0435vice"),
        Rejected("missing column: device"),
    ),
    _headed("column-quoted.csv", "quoted names", '"' + HEADER.replace(",", '","') + '"', Loaded()),
    _headed(
        "column-newline.csv",
        "a line break around a quoted name",
        HEADER.replace("domain,", '"\ndomain\r\n",'),
        Loaded(),
    ),
    _headed("column-comma.csv", "an extra column named `a,b`", f'{HEADER},"a,b"', Loaded(), more=",x"),
    _headed(
        "column-quote-broken.csv",
        "text behind a quoted name",
        f'"date"x{HEADER[4:]}',
        Rejected("unreadable header: its quoting is broken"),
    ),
    _headed("column-quote-open.csv", "a quote that opens in the header", f'{HEADER},"x', OPEN),
    _headed("column-escape.csv", "a terminal command as a name", f"{HEADER},\x1b[2J", Loaded(), more=",x"),
    _headed("column-cr.csv", "CR before the CRLF of the header", f"{HEADER}\r\r", Loaded()),
    _headed("column-separators.csv", "ESC, U+001F and CR in a name", f"{HEADER},\x1be\x1f\rx", Loaded(), more=",x"),
    _headed("column-nul.csv", "NUL in an extra column's name", f"{HEADER},a\0b", Loaded(), more=",x"),
    _headed(
        "columns-internal.csv",
        "extra columns named like the lake's own",
        f"{HEADER},delivery_id,record_number,malformed_line,extra_columns,_change,_metadata",
        Loaded(),
        more=",1,2,x,y,delete,z",
    ),
    _headed(
        "columns-sql.csv",
        "an extra column named like SQL",
        f"{HEADER},`;drop table bronze.emissions--",
        Loaded(),
        more=",x",
    ),
    _headed("column-id-blank.csv", "a blank `record_id`", f"{HEADER},record_id", Loaded(), more=",\u00a0 "),
    Case(
        "blank-before-header.csv",
        "empty lines before the header",
        b"\n\r\n" + text_of(record("blank-before-header.csv")),
        Loaded(),
    ),
    Case("spaces-before-header.csv", "a line of spaces before the header", b"  \n" + text_of(), ALL_MISSING),
    Case("sep-line.csv", "a spreadsheet's `sep=,` before the header", b"sep=,\n" + text_of(), ALL_MISSING),
    Case("comment.csv", "a comment before the header", b"# made today\n" + text_of(), ALL_MISSING),
    *[
        Case(f"{name}.csv", f"fields between {name}s", text_of(record(name)).replace(b",", mark), ALL_MISSING)
        for name, mark in (("semicolon", b";"), ("tab", b"\t"), ("pipe", b"|"))
    ],
    Case("html.csv", "an error page", b"<!DOCTYPE html><html><body>404</body></html>\n", ALL_MISSING),
    Case("json.csv", "JSON", b'{"date": "2025-07-01"}\n', ALL_MISSING),
    Case(
        "quoted-html.csv",
        "JSON that begins with a quote",
        b'"date": 1\n',
        Rejected("unreadable header: its quoting is broken"),
    ),
]

RECORDS = [
    _lines("quote-open.csv", "a quote still open at the end", '{good}\n"x,y\n', OPEN),
    _lines(
        "quote-inside.csv", "a quote within an unquoted field is data", '{good}\n1,2"3",4\n', Loaded(2, {2: MALFORMED})
    ),
    _lines("quote-space.csv", "a space before a quote makes it data", ' "{good}\n', refused("invalid_date")),
    _lines("quote-behind.csv", "text behind a closing quote", '"a"b,c\n{good}\n', Loaded(2, {1: MALFORMED})),
    _lines("quote-single.csv", "single quotes are data", "'{good}'\n", refused("invalid_date", "unknown_coverage")),
    _lines("quote-backslash.csv", "a backslash escapes nothing", '"a\\"b",c\n{good}\n', Loaded(2, {1: MALFORMED})),
    Case(
        "quote-all.csv",
        "every field quoted",
        text_of('"' + record("quote-all.csv").replace(",", '","') + '"'),
        Loaded(),
    ),
    Case(
        "quote-newlines.csv",
        "LF, CRLF and CR within quotes",
        text_of(record("quote-newlines.csv") + ',"a\nb\r\nc\rd\n\n"', header=f"{HEADER},note"),
        Loaded(),
    ),
    Case(
        "quote-doubled.csv",
        "doubled quotes",
        text_of(record("quote-doubled.csv") + ',"say ""x"", """', header=f"{HEADER},note"),
        Loaded(),
    ),
    Case(
        "quote-doubled-open.csv",
        "doubled quotes and no closing one",
        text_of(record("quote-doubled-open.csv") + ',"say ""x"", """"', header=f"{HEADER},note"),
        OPEN,
    ),
    Case(
        "quote-empty.csv",
        "an empty quoted value",
        text_of(record("quote-empty.csv", domain='""')),
        refused("missing_domain"),
    ),
    _lines("short.csv", "a field too few", "{good}\n2025-07-01,a.example\n", Loaded(2, {2: MALFORMED})),
    _lines("long.csv", "a field too many", "{good}\n{good},x\n", Loaded(2, {2: MALFORMED})),
    _lines(
        "ragged.csv",
        "fields too few, too many, none",
        "x\n{good}\n,,\n,,,,,,,,,,,,,,\n",
        Loaded(4, {1: MALFORMED, 3: MALFORMED, 4: MALFORMED}),
    ),
    _lines("decimal-comma-row.csv", "decimal commas without quotes", "{good},2,3,4\n", refused("malformed_line")),
    _lines(
        "commas-only.csv",
        "a row of empty fields",
        "," * 10 + "\n",
        refused(
            "invalid_date",
            "missing_domain",
            "missing_country",
            "unknown_format",
            "unknown_device",
            "invalid_ad_size",
            "unknown_coverage",
            "missing_measure",
        ),
    ),
    _lines("spaces-line.csv", "a line of only spaces", "{good}\n   \n\t\n", Loaded(3, {2: MALFORMED, 3: MALFORMED})),
    _lines("blank-lines.csv", "empty lines between records", "\n\r\n{good}\n\n\n", Loaded()),
    _lines(
        "mixed-ends.csv",
        "LF and CRLF in one file",
        "{good}\r\nx\n{good}0\r\n",
        Loaded(3, {2: MALFORMED, 3: ("unknown_coverage",)}),
    ),
    _lines("no-last-end.csv", "no line end at the end", "{good}", Loaded()),
    _lines("lone-cr.csv", "a lone CR ends no record", "{good}\r{good}\n", refused("malformed_line")),
    Case(
        "cr-file.csv",
        "CR as the only line end",
        text_of(record("cr-file.csv")).replace(b"\n", b"\r"),
        Rejected("missing column: domainCoverage"),
    ),
    _lines("cr-crlf.csv", "CR before CRLF is white space of the last value", "{good}\r\r\n", Loaded()),
    _lines("nel.csv", "U+0085 and U+2028 end no record", "{good}\u0085\u2028\n", Loaded()),
    _lines("vertical.csv", "form feed and vertical tab end no record", "{good}\f\v\n", Loaded()),
    _lines("ctrl-z.csv", "a DOS end-of-file mark", "{good}\n\x1a", Loaded(2, {2: MALFORMED})),
    _lines(
        "header-again.csv",
        "the header once more, as a record",
        "{good}\n" + HEADER + "\n",
        Loaded(
            2,
            {
                2: (
                    "invalid_date",
                    "invalid_domain",
                    "unknown_country",
                    "unknown_format",
                    "unknown_device",
                    "invalid_ad_size",
                    "unknown_coverage",
                    "invalid_measure",
                )
            },
        ),
    ),
    _lines("footer.csv", "a footer that sums up", "{good}\nTotal: 1 row\n", Loaded(2, {2: MALFORMED})),
    _lines(
        "separators.csv",
        "ESC, U+001F and CR in a record that cannot be cut",
        '{good}\n"\x1be\x1f\x1bn\r"x\n',
        Loaded(2, {2: MALFORMED}),
    ),
    Case(
        "separators-quoted.csv",
        "ESC and U+001F in a quoted extra value",
        text_of(record("separators-quoted.csv") + ',"\x1bn\x1f\x1b\x1bu\x1fe"', header=f"{HEADER},note"),
        Loaded(),
    ),
    Case(
        "separators-plain.csv",
        "ESC and U+001F in an unquoted extra value",
        text_of(record("separators-plain.csv") + ",\x1bn\x1f\x1b", header=f"{HEADER},note"),
        Loaded(),
    ),
]
CASES = [*HEADERS, *RECORDS]
