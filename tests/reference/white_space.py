"""White space as Unicode defines it, which is neither Python's `str.strip` nor Java's `trim`."""

# The property White_Space of Unicode (PropList.txt): not U+200B, U+FEFF, nor U+001C to U+001F.
WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def trim(text: str) -> str:
    """Give the text without the Unicode white space at its two ends."""
    return text.strip(WHITE_SPACE)
