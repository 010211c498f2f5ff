/* replay.c: runs a fuzz target over every file of the folders given, where there is no fuzzer: the
 * seeds and past findings are part of every test run. Fails when there is no file at all. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { FILE_MAX = 8 << 20 };

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(FILE_MAX);
    if (file == NULL || data == NULL) {
        (void)fprintf(stderr, "%s cannot be read\n", path);
        free(data);
        return 1;
    }
    size_t size = fread(data, 1, FILE_MAX, file);
    (void)fclose(file);
    /* A copy of exactly the right size, so that a sanitizer sees reads behind its end. */
    uint8_t *exact = malloc(size == 0 ? 1 : size);
    if (exact != NULL) {
        memcpy(exact, data, size);
        (void)LLVMFuzzerTestOneInput(exact, size);
    }
    free(exact);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        const struct dirent *entry = NULL;
        while (folder != NULL && (entry = readdir(folder)) != NULL) {
            char path[4096];
            if (entry->d_name[0] == '.') {
                continue;
            }
            (void)snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
            failed |= replay_file(path);
            count++;
        }
        if (folder != NULL) {
            (void)closedir(folder);
        }
    }
    (void)printf("%zu inputs\n", count);
    return count == 0 ? 1 : failed;
}
