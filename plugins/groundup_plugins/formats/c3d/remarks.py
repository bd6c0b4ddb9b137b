"""What a reader of C3D has to say of a file: what it had to choose, and what is wrong with it."""

from dataclasses import dataclass, field


@dataclass
class Remarks:
    """Sentences, collected while a file is read.

    Attributes
    ----------
    notes : list of str
        What was left out or chosen, where nothing speaks against it: warnings of the ledger.
    faults : list of str
        What is damaged, cut short, or says two things: faults of the ledger.
    left_out : list of str
        What of the data is not kept, in a few words each.
    """

    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
