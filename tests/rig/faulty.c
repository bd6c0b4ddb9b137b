/* Preloaded into a recorder: makes writing or syncing the journal fail, as a bad disk does.
 *
 * FAULTY_CALL: write or sync; FAULTY_AFTER: bytes of the journal with which they still succeed; FAULTY_ERRNO: what they
 * say from then on; FAULTY_MARK: a file that is made, if it is named, when the first of them fails.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int failed = 0;

static int is_journal(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = 0;
  return strstr(path, ".journal.xdf") != NULL;
}

static int fails(const char* call, int fd, long more) {
  const char* wanted = getenv("FAULTY_CALL");
  struct stat journal;
  if (wanted == NULL || strcmp(wanted, call) != 0 || !is_journal(fd)) return 0;
  if (!failed && fstat(fd, &journal) == 0 && journal.st_size + more <= atol(getenv("FAULTY_AFTER"))) return 0;
  if (!failed && getenv("FAULTY_MARK") != NULL) {
    FILE* mark = fopen(getenv("FAULTY_MARK"), "w");
    if (mark != NULL) fclose(mark);
  }
  failed = 1;
  errno = atoi(getenv("FAULTY_ERRNO"));
  return 1;
}

ssize_t write(int fd, const void* data, size_t length) {
  static ssize_t (*real)(int, const void*, size_t);
  if (real == NULL) real = dlsym(RTLD_NEXT, "write");
  return fails("write", fd, (long)length) ? -1 : real(fd, data, length);
}

/* C++ streams write with this. */
ssize_t writev(int fd, const struct iovec* parts, int count) {
  static ssize_t (*real)(int, const struct iovec*, int);
  long length = 0;
  if (real == NULL) real = dlsym(RTLD_NEXT, "writev");
  for (int i = 0; i < count; ++i) length += (long)parts[i].iov_len;
  return fails("write", fd, length) ? -1 : real(fd, parts, count);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (real == NULL) real = dlsym(RTLD_NEXT, "fdatasync");
  return fails("sync", fd, 0) ? -1 : real(fd);
}
