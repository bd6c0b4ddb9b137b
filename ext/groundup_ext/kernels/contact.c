/* Contacts of a foot, from vertical forces: where a force goes up and down through a threshold, once it is sure. */
#include "detect.h"
#include "zero.h"

typedef struct {
  groundup_kernel base;
  double threshold, sure, sign;
  double least, refractory; /* samples */
  Zero zero;
} Contact;

/* Slots of a channel. A span runs from where the force rises through the threshold to where it falls through it; it
 * counts once it has been sure. A contact is one or more spans that count, less than the refractory time apart. */
enum {
  FORCE,      /* before; NaN at first and after a missing value */
  ABOVE,      /* a span is under way */
  COUNTS,     /* it has been sure */
  SPAN_FIRST, /* its first sample */
  SPAN_FROM,  /* where it crossed */
  SPAN_BEGUN, /* whether that was seen */
  CONTACT,    /* there is a contact */
  FROM,       /* where it began */
  BEGUN,      /* whether that was seen */
  TOLD,       /* its IC has been given */
  LAST,       /* last sample of its last whole span */
  UNTIL,      /* where that ended */
  ZERO,
  CONTACT_SLOTS = ZERO + ZERO_NUMBERS + 2
};

static double crossing(double at, double before, double value, double threshold) {
  return at - 1.0 + (threshold - before) / (value - before);
}

/* A contact is at its end: tell what has not been told. Returns how many events that were. */
static size_t finish(const Contact* plan, double* s, size_t stride, size_t c, const groundup_rows* out, size_t made) {
  double from = s[FROM * stride], until = s[UNTIL * stride], begun = s[BEGUN * stride];
  s[CONTACT * stride] = 0.0;
  if (begun > 0.0 && s[TOLD * stride] == 0.0) {
    if (until - from < plan->least) return 0;
    put_event(out, made, from, c, 1.0, begun);
    put_event(out, made + 1, until, c, -1.0, begun);
    return 2;
  }
  put_event(out, made, until, c, -1.0, begun);
  return 1;
}

static void span_counts(const Contact* plan, double* s, size_t stride) {
  s[COUNTS * stride] = 1.0;
  if (s[CONTACT * stride] > 0.0 && s[SPAN_FIRST * stride] - s[LAST * stride] < plan->refractory) return;
  s[CONTACT * stride] = 1.0;
  s[FROM * stride] = s[SPAN_FROM * stride];
  s[BEGUN * stride] = s[SPAN_BEGUN * stride];
  s[TOLD * stride] = 0.0;
}

/* One value of a channel. Returns how many events it made, 2 at most. */
static size_t step(const Contact* plan, double* s, size_t stride, size_t c, double at, double force,
                   const groundup_rows* out, size_t made) {
  size_t before = made;
  double last = s[FORCE * stride], threshold = plan->threshold;
  s[FORCE * stride] = force;
  int above = force >= threshold;
  if (s[ABOVE * stride] > 0.0 && !above) {
    s[ABOVE * stride] = 0.0;
    if (s[COUNTS * stride] > 0.0) {
      s[LAST * stride] = at - 1.0;
      s[UNTIL * stride] = last >= threshold ? crossing(at, last, force, threshold) : at;
    }
  }
  double first = s[ABOVE * stride] > 0.0 ? s[SPAN_FIRST * stride] : at;
  int still = s[ABOVE * stride] > 0.0 && s[COUNTS * stride] > 0.0;
  if (s[CONTACT * stride] > 0.0 && !still && first - s[LAST * stride] >= plan->refractory)
    made += finish(plan, s, stride, c, out, made);
  if (above && s[ABOVE * stride] == 0.0) {
    s[ABOVE * stride] = 1.0;
    s[COUNTS * stride] = 0.0;
    s[SPAN_FIRST * stride] = at;
    s[SPAN_BEGUN * stride] = last == last;
    s[SPAN_FROM * stride] = last < threshold ? crossing(at, last, force, threshold) : at;
  }
  if (above && s[COUNTS * stride] == 0.0 && force >= plan->sure) span_counts(plan, s, stride);
  if (s[CONTACT * stride] > 0.0 && s[BEGUN * stride] > 0.0 && s[TOLD * stride] == 0.0 && s[ABOVE * stride] > 0.0 &&
      s[COUNTS * stride] > 0.0 && at - s[FROM * stride] >= plan->least) {
    s[TOLD * stride] = 1.0;
    put_event(out, made++, s[FROM * stride], c, 1.0, 1.0);
  }
  return made - before;
}

/* A missing value cuts what is under way: a contact that ended already has its end told, any other has none. */
static size_t cut(const Contact* plan, double* s, size_t stride, size_t c, const groundup_rows* out, size_t made) {
  int ended = s[CONTACT * stride] > 0.0 && !(s[ABOVE * stride] > 0.0 && s[COUNTS * stride] > 0.0);
  s[FORCE * stride] = NAN;
  s[ABOVE * stride] = s[COUNTS * stride] = 0.0;
  size_t events = ended ? finish(plan, s, stride, c, out, made) : 0;
  s[CONTACT * stride] = 0.0;
  return events;
}

static size_t contact(const groundup_kernel* self, double* state, const groundup_rows* in, const groundup_rows* out) {
  const Contact* plan = (const Contact*)self;
  size_t stride = slot_length(self->channels), made = 0;
  for (size_t i = 0; i < in->rows; i++, state[0] += 1.0) {
    for (size_t c = 0; c < self->channels; c++) {
      double* s = state + HEADER + c;
      double* zero = s + ZERO * stride;
      double* offset = zero + (ZERO_NUMBERS + 1) * stride;
      double load = plan->sign * value_at(in, i * self->channels + c);
      if (load != load) {
        made += cut(plan, s, stride, c, out, made);
        continue;
      }
      zero_follow(&plan->zero, zero, stride, load, &load, 1, *offset);
      double force = zero_may_be(&plan->zero, zero, load) ? 0.0 : load - *offset;
      made += step(plan, s, stride, c, state[0], force, out, made);
    }
  }
  return made;
}

static void reset(const groundup_kernel* self, double* state) { groundup_blank_but(self, state, 1); }

groundup_kernel* groundup_contact(size_t channels, double threshold, double sure, double sign, size_t least,
                                  size_t refractory, const double* zero) {
  Contact* plan = (Contact*)groundup_detector(sizeof(Contact), channels, CONTACT_SLOTS, 2, contact);
  if (plan == NULL) return NULL;
  plan->threshold = threshold;
  plan->sure = sure;
  plan->sign = sign;
  plan->least = (double)least;
  plan->refractory = (double)refractory;
  plan->zero = zero_of(zero);
  plan->base.reset = reset;
  return &plan->base;
}
