"""The control room: a whole session in the browser, over programs that run apart from it.

The recorder, the check, reports and exports are commands in processes of their own; here they are started, asked and
shown. A page or this server may hang or end: the recorder goes on, and is found again.
"""
