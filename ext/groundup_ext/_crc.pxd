cdef extern from "crc32.h" nogil:
    unsigned int crc32 "groundup_crc32"(unsigned int crc, const unsigned char* data, size_t length)
