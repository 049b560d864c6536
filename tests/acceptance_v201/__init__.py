"""The station cases of the 2.0.1 certification (part 5 and part 6), one test per id."""
