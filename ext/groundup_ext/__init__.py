"""The ground floor: liblsl's C functions, the journal writer and the XDF parser, without the GIL.

Knows buffers, not labs; imports nothing of the floors above.
"""
