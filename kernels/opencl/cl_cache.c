/* cl_cache.c: see cl_cache.h. */
#include "opencl/cl_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/file.h"
#include "base/fnv.h"

enum {
    HEAD_SIZE = 28,
    AT_KEY_SIZE = 8,
    AT_BINARY_SIZE = 12,
    AT_CHECKSUM = 20,
    KEY_MAX = 4096,
    PATH_LIMIT = 1024,
};
static const char magic[8] = {'S', 'H', 'P', 'K', 'C', 'L', 'B', 1};

static bool join(char path[PATH_LIMIT], const char *dir, const char *name)
{
    int length = snprintf(path, PATH_LIMIT, "%s/%s", dir, name);
    return length > 0 && length < PATH_LIMIT;
}

enum base_status kern_cl_file_write(const char *dir, const char *name, const void *head,
                                    size_t head_size, const void *body, size_t body_size)
{
    char path[PATH_LIMIT];
    if (!join(path, dir, name)) {
        return BASE_E_LIMIT;
    }
    base_file_folders(path);
    char *whole = base_alloc(head_size + body_size + 1, 1);
    if (whole == NULL) {
        return BASE_E_MEMORY;
    }
    memcpy(whole, head, head_size);
    memcpy(whole + head_size, body, body_size);
    enum base_status status = base_file_write(path, whole, head_size + body_size, NULL);
    base_free(whole);
    return status;
}

unsigned char *kern_cl_file_read(const char *dir, const char *name, size_t max, size_t *size)
{
    char path[PATH_LIMIT];
    struct stat about;
    unsigned char *bytes = NULL;
    size_t have = 0;
    *size = 0;
    if (!join(path, dir, name)) {
        return NULL;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a named pipe must not hold us */
    if (fd < 0) {
        return NULL;
    }
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0 &&
        (uint64_t)about.st_size <= max) {
        bytes = base_alloc((size_t)about.st_size + 1, 1);
    }
    while (bytes != NULL && have < (size_t)about.st_size) {
        ssize_t got = read(fd, bytes + have, (size_t)about.st_size - have);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            base_free(bytes);
            bytes = NULL;
            break;
        }
        have += (size_t)got;
    }
    (void)close(fd);
    *size = bytes != NULL ? have : 0;
    return bytes;
}

static void file_name(char name[32], const char *key)
{
    uint64_t hash = base_fnv(BASE_FNV_START, key, strlen(key));
    (void)snprintf(name, 32, "%016llx.clbin", (unsigned long long)hash);
}

static uint64_t checksum(const unsigned char *head, const void *rest, size_t rest_size)
{
    uint64_t hash = base_fnv(BASE_FNV_START, head, AT_CHECKSUM);
    return base_fnv(hash, rest, rest_size);
}

unsigned char *kern_cl_cache_load(const char *dir, const char *key, size_t *size)
{
    char name[32];
    size_t file_size = 0;
    size_t key_size = strlen(key);
    file_name(name, key);
    unsigned char *file = kern_cl_file_read(
        dir, name, (size_t)KERN_CL_CACHE_BINARY_MAX + HEAD_SIZE + KEY_MAX, &file_size);
    *size = 0;
    if (file == NULL) {
        return NULL;
    }
    if (file_size > HEAD_SIZE + key_size && memcmp(file, magic, sizeof magic) == 0 &&
        base_load_le32(file + AT_KEY_SIZE) == key_size &&
        base_load_le64(file + AT_BINARY_SIZE) == file_size - HEAD_SIZE - key_size &&
        memcmp(file + HEAD_SIZE, key, key_size) == 0 &&
        base_load_le64(file + AT_CHECKSUM) ==
            checksum(file, file + HEAD_SIZE, file_size - HEAD_SIZE)) {
        *size = file_size - HEAD_SIZE - key_size;
        memmove(file, file + HEAD_SIZE + key_size, *size);
        return file;
    }
    base_free(file);
    return NULL;
}

enum base_status kern_cl_cache_store(const char *dir, const char *key, const unsigned char *binary,
                                     size_t size)
{
    char name[32];
    unsigned char head[HEAD_SIZE + KEY_MAX];
    size_t key_size = strlen(key);
    if (key_size > KEY_MAX || size == 0 || size > KERN_CL_CACHE_BINARY_MAX) {
        return BASE_E_LIMIT;
    }
    memcpy(head, magic, sizeof magic);
    base_store_le32(head + AT_KEY_SIZE, (uint32_t)key_size);
    base_store_le64(head + AT_BINARY_SIZE, size);
    memcpy(head + HEAD_SIZE, key, key_size);
    uint64_t sum = checksum(head, key, key_size);
    base_store_le64(head + AT_CHECKSUM, base_fnv(sum, binary, size));
    file_name(name, key);
    return kern_cl_file_write(dir, name, head, HEAD_SIZE + key_size, binary, size);
}
