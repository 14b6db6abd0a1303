"""Bad and odd input: a catalogue of files with the outcome of each, and the tests that land them."""
