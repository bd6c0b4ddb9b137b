/* Preloaded into a recorder: makes writing or syncing the journal fail, as a bad disk does.
 *
 * FAULTY_CALL: write or sync; FAULTY_AFTER: bytes (or syncs) that still succeed; FAULTY_ERRNO: what they then say.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long left = -1;

static int is_journal(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = 0;
  return strstr(path, ".journal.xdf") != NULL;
}

static int fails(const char* call, int fd, long cost) {
  const char* wanted = getenv("FAULTY_CALL");
  if (wanted == NULL || strcmp(wanted, call) != 0 || !is_journal(fd)) return 0;
  if (left < 0) left = atol(getenv("FAULTY_AFTER"));
  if (left >= cost) {
    left -= cost;
    return 0;
  }
  left = 0;
  errno = atoi(getenv("FAULTY_ERRNO"));
  return 1;
}

ssize_t write(int fd, const void* data, size_t length) {
  static ssize_t (*real)(int, const void*, size_t);
  if (real == NULL) real = dlsym(RTLD_NEXT, "write");
  return fails("write", fd, (long)length) ? -1 : real(fd, data, length);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (real == NULL) real = dlsym(RTLD_NEXT, "fdatasync");
  return fails("sync", fd, 1) ? -1 : real(fd);
}
