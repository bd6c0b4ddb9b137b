"""What each axis of the strategy profile asks, in the words of the person who is shown it."""

from groundup.plugin.metric import Axis

AXIS_DESCRIPTIONS: dict[Axis, str] = {
    "where the work is done": "Which joints and which phase of the step do the work: ankle, knee or hip; the push-off "
    "of the leg behind, or the leg that catches and lifts the body? It is net work: of muscles that work against each "
    "other, and of tendons that store it and give it back, only the sum is seen.",
    "load path": "When the foot meets the ground, a shock travels up the body. How much of it is taken up low down, in "
    "foot, shank and thigh, and how fast does it climb?",
    "gluteal demand": "How much of the work is asked of the gluteal muscles, beside the other muscles that were "
    "recorded? Loud or quiet is a description, not a fault.",
    "gluteal role": "When are the gluteal muscles active: while the ground slows the body down, or while it pushes "
    "it on? That is timing, and no proof that they brake: when walkers were pulled back and forth, gluteus maximus "
    "propelled (Ellis, Sumner & Kram 2014).",
    "anti-gravity effort": "How much does muscle activity grow with the weight that the legs carry, how long before, "
    "and how closely; and what does a metre walked cost?",
    "cooperation": "Do muscles and segments work in a few groups that share the task, or does everything tense "
    "at once?",
    "": "What speaks for no axis and can be held against a norm: pace, and the forces under the feet.",
}
DESCRIBES = (
    "It describes how a person moved in this recording. It does not diagnose, and a value outside a norm is not "
    "a fault."
)
BOUND = f"{DESCRIBES} Intervals are 95 % bootstrap intervals of the median; none is given from fewer than six values."
COMPARED = (
    "Before and after are compared by Cliff's delta: how much more often a stride after has a higher value than one "
    'before, than a lower one; left with left, right with right. "No difference seen" is where its 95 % interval holds '
    "zero, and proves none. A difference says nothing of its cause: electrodes, sensors and shoes put on anew differ "
    "too, and strides of one walk are more alike than those of two days."
)
