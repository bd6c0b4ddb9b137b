/* Numbers under 2e-308 become 0 while a kernel runs.
 *
 * A filter that rings down after its input has gone to 0 passes through them, and some processors take a hundred times
 * as long for each sample then. The caller's own setting is put back.
 */
#ifndef GROUNDUP_DENORMALS_H
#define GROUNDUP_DENORMALS_H

#include <stdint.h>

#if defined(__SSE2__) || defined(_M_X64)
#include <xmmintrin.h>
typedef unsigned int Denormals;
static inline Denormals denormals_off(void) {
  Denormals before = _mm_getcsr();
  _mm_setcsr(before | 0x8040); /* flush to zero, denormals are zero */
  return before;
}
static inline void denormals_restore(Denormals before) { _mm_setcsr(before); }
#elif defined(__aarch64__) && defined(__GNUC__)
typedef uint64_t Denormals;
static inline Denormals denormals_off(void) {
  Denormals before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(before | (UINT64_C(1) << 24)));
  return before;
}
static inline void denormals_restore(Denormals before) { __asm__ volatile("msr fpcr, %0" : : "r"(before)); }
#else
typedef int Denormals;
static inline Denormals denormals_off(void) { return 0; }
static inline void denormals_restore(Denormals before) { (void)before; }
#endif

#endif
