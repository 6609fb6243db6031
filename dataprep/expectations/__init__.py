"""What data are expected to be: Great Expectations suites, carried out where the data are."""
