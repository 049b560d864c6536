"""The life-cycle of submitted commands, the same for every API: each projects its own names from it.

`action.py` is the record and the table of its states, `ledger.py` keeps records, `reach.py` says what a command needs
of the central system, `agenda.py` is what is due when, `dispatch.py` carries commands out, `plain.py` turns records
into plain data and back, and `webhooks.py` tells others by signed requests.
"""
