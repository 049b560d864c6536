"""The commands of the OCPPLAB surface: one handler for each, whatever the dialect of the request.

`events.py` says what each asks of a charger, `targets.py` whom a request means, `dialects.py` how the generations of
that API spell a request, `fan_out.py` and `single.py` carry out, and `table.py` lists the commands.
"""
