/* W doubles side by side, and what can be done with them. Included once for each W that a path offers.
 *
 * With GNU C's vector types the compiler makes one instruction of what is written once; W = 1 is plain C, for any
 * compiler. Nothing here is rounded differently for another W.
 */
#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define LANES(name) PASTE(name, W)
#define vec LANES(vec)
#define bits LANES(bits)

#if W == 1
typedef double vec;
typedef int64_t bits;
#define TRUTH(condition) (-(int64_t)(condition))
#else
typedef double vec __attribute__((vector_size(8 * W)));
typedef int64_t bits __attribute__((vector_size(8 * W)));
#define TRUTH(condition) ((bits)(condition))
#endif

static INLINE vec LANES(load)(const double* from) {
  vec v;
  memcpy(&v, from, sizeof v);
  return v;
}

static INLINE void LANES(store)(double* to, vec v) { memcpy(to, &v, sizeof v); }

static INLINE vec LANES(splat)(double value) {
  double all[W];
  for (int i = 0; i < W; i++) all[i] = value;
  return LANES(load)(all);
}

static INLINE bits LANES(as_bits)(vec v) {
  bits b;
  memcpy(&b, &v, sizeof b);
  return b;
}

static INLINE vec LANES(as_vec)(bits b) {
  vec v;
  memcpy(&v, &b, sizeof v);
  return v;
}

static INLINE vec LANES(absolute)(vec v) { return LANES(as_vec)(LANES(as_bits)(v) & INT64_MAX); }

/* a where the mask is set, else b. */
static INLINE vec LANES(choose)(bits mask, vec a, vec b) {
  return LANES(as_vec)((mask & LANES(as_bits)(a)) | (~mask & LANES(as_bits)(b)));
}

static INLINE vec LANES(lower)(vec a, vec b) { return LANES(choose)(TRUTH(b < a), b, a); }
static INLINE vec LANES(higher)(vec a, vec b) { return LANES(choose)(TRUTH(b > a), b, a); }

static INLINE vec LANES(root)(vec v) {
  double each[W];
  LANES(store)(each, v);
  for (int i = 0; i < W; i++) each[i] = sqrt(each[i]);
  return LANES(load)(each);
}

static INLINE int LANES(all)(bits mask) {
  int64_t each[W], every = -1;
  memcpy(each, &mask, sizeof each);
  for (int i = 0; i < W; i++) every &= each[i];
  return every != 0;
}
