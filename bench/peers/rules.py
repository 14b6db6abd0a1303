"""The rules of a valid record, as all peers apply them: patterns and names that DuckDB, Rust and Java read alike."""

# Unicode's White_Space property, as in dbt/macros/cleaning.sql.
WHITE_SPACE = (
    "\t\n\u000b\u000c\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
COLUMNS = (
    "date",
    "domain",
    "format",
    "country",
    "ad_size",
    "device",
    "adSelectionEmissions",
    "creativeDistributionEmissions",
    "mediaDistributionEmissions",
    "totalEmissions",
    "domainCoverage",
    "record_id",
)
AMERICAN_DATE = r"^[0-9]{2}/[0-9]{2}/[0-9]{4}$"
ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DOMAIN = r"^[\p{L}\p{Nd}]([\p{L}\p{Nd}-]*[\p{L}\p{Nd}])?(\.[\p{L}\p{Nd}]([\p{L}\p{Nd}-]*[\p{L}\p{Nd}])?)+$"
AD_SIZE = r"^[0-9]+x[0-9]+$"
MEASURE = r"^[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
FORMATS = ("audio", "banner", "display", "native", "video")
DEVICES = ("desktop", "mobile", "tablet")
DEVICE_SYNONYMS = {"phone": "mobile", "smartphone": "mobile", "pc": "desktop", "computer": "desktop"}
COVERAGES = ("measured", "modeled")
