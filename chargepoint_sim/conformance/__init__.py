"""Conformance runs against a central system: cases as data, run by real chargers, judged check by check.

Modelled on public case numbers; a pass is no certification by the Open Charge Alliance. The rooms: `cases` (the data
files), `words` (what versions say differently), `checks` (field rules), `trace` and `monitors` (what crossed the wire),
`steps` and `probe` (how a case is carried out), `drivers` (who makes the central system act), `suite` (many cases side
by side), `report` and `pages`.

Sees a fleet through `site.Site` alone, which the command line hands in. Of `protocol` only the words of the wire
(`frames`, `schemas`) are used: whoever judges frames must read them.
"""
