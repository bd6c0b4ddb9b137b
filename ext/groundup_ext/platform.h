/* What differs between systems: writing, syncing and truncating a file, little-endian stores. */
#ifndef GROUNDUP_PLATFORM_H
#define GROUNDUP_PLATFORM_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef _WIN32
#include <io.h>
static int groundup_write_some(int fd, const unsigned char* data, size_t length) {
  return _write(fd, data, length > (1u << 30) ? (1u << 30) : (unsigned)length);
}
static int groundup_sync_some(int fd) { return _commit(fd); }
static int groundup_truncate(int fd, int64_t length) { return (int)_chsize_s(fd, length); }
#else
#include <fcntl.h>
#include <unistd.h>
static ptrdiff_t groundup_write_some(int fd, const unsigned char* data, size_t length) {
  return write(fd, data, length > ((size_t)1 << 30) ? ((size_t)1 << 30) : length);
}
static int groundup_truncate(int fd, int64_t length) { return ftruncate(fd, (off_t)length); }
#ifdef __APPLE__
/* fsync on macOS stops at the drive's cache; F_FULLFSYNC does not. */
static int groundup_sync_some(int fd) { return fcntl(fd, F_FULLFSYNC) == -1 ? fsync(fd) : 0; }
#elif defined(__linux__)
static int groundup_sync_some(int fd) { return fdatasync(fd); }
#else
static int groundup_sync_some(int fd) { return fsync(fd); }
#endif
#endif

/* Syncs the file's data to disk or says why not: 0, or errno. */
static int groundup_sync_file(int fd) { return groundup_sync_some(fd) == 0 ? 0 : (errno ? errno : EIO); }

/* Writes everything or says why not: 0, or errno. `*done` counts the bytes that went out. */
static int groundup_write_all(int fd, const unsigned char* data, size_t length, size_t* done) {
  *done = 0;
  while (*done < length) {
    ptrdiff_t n = (ptrdiff_t)groundup_write_some(fd, data + *done, length - *done);
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno ? errno : EIO;
    }
    if (n == 0) return ENOSPC;
    *done += (size_t)n;
  }
  return 0;
}

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#error "XDF is little-endian, and so are the machines groundup is built for"
#endif

#endif
