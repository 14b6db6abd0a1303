"""The columns of a delivery, as the contract with its sources names them."""

REQUIRED_COLUMNS = (
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
)
OPTIONAL_COLUMN = "record_id"
KNOWN_COLUMNS = (*REQUIRED_COLUMNS, OPTIONAL_COLUMN)
