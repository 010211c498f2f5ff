/* choice_cache.c: see choice_cache.h. File name: choice-ALGORITHM-HASH.json, HASH being 64 bits of
 * FNV-1a of the question; two questions with one hash overwrite each other, which costs a second
 * measurement and nothing else. */
#include "machine/choice_cache.h"

#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fnv.h"

enum { QUESTION_MAX = 512, PATH_CAP = 1024, FILE_MAX_BYTES = 4096, SEAL_CAP = 17 };

static void write_question(char question[QUESTION_MAX], const struct miner_choice_request *request,
                           const struct bench_machine *machine)
{
    (void)snprintf(question, QUESTION_MAX, "%s|%s|%s|%s|%08" PRIx32 "|%u|%u|%016" PRIx64 "|%s|%u",
                   machine->version, bench_compiler(), request->algo->name, machine->processor,
                   machine->features, machine->lanes, machine->lanes_most, machine->places,
                   request->variant != NULL ? request->variant->name : "*", request->lanes);
}

static bool file_path(char path[PATH_CAP], const char *question,
                      const struct miner_choice_request *request,
                      const struct bench_machine *machine)
{
    int size = snprintf(path, PATH_CAP, "%s/choice-%s-%016" PRIx64 ".json", machine->cache_dir,
                        request->algo->name, base_fnv(BASE_FNV_START, question, strlen(question)));
    return machine->cache_dir[0] != '\0' && size > 0 && size < PATH_CAP;
}

/* Hash of the question and the answer: a file in which a digit has changed is a miss
 * and not another choice. limit: 0 where none is known. */
static void write_seal(char seal[SEAL_CAP], const char *question, const char *kernel, int lanes,
                       double hashrate, double limit)
{
    char text[QUESTION_MAX + 160];
    (void)snprintf(text, sizeof text, "%s|%.40s|%d|%.17g|%.17g", question, kernel, lanes, hashrate,
                   limit);
    (void)snprintf(seal, SEAL_CAP, "%016" PRIx64, base_fnv(BASE_FNV_START, text, strlen(text)));
}

/* The JSON in a file, or NULL. Opening a named pipe does not wait for a writer. */
static json_t *read_file(const char *path)
{
    char text[FILE_MAX_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return NULL;
    }
    ssize_t size = read(fd, text, sizeof text);
    (void)close(fd);
    return size > 0 && (size_t)size < sizeof text
               ? json_loadb(text, (size_t)size, JSON_REJECT_DUPLICATES, NULL)
               : NULL;
}

bool miner_choice_load(struct miner_choice *choice, const struct miner_choice_request *request,
                       const struct bench_machine *machine)
{
    char question[QUESTION_MAX];
    char path[PATH_CAP];
    char seal[SEAL_CAP] = "";
    write_question(question, request, machine);
    if (!file_path(path, question, request, machine)) {
        return false;
    }
    json_t *root = read_file(path);
    const char *said = json_string_value(json_object_get(root, "seal"));
    const char *same = json_string_value(json_object_get(root, "question"));
    const char *kernel = json_string_value(json_object_get(root, "kernel"));
    json_int_t lanes = json_integer_value(json_object_get(root, "lanes"));
    double hashrate = json_number_value(json_object_get(root, "hashrate"));
    const json_t *limit = json_object_get(root, "limit"); /* null: none is known */
    const struct kern_variant *variant =
        kernel != NULL ? kern_variant_find(request->algo, kernel) : NULL;
    bool hit = same != NULL && strcmp(same, question) == 0 && variant != NULL &&
               kern_variant_runs(variant, machine->features) && lanes >= 1 &&
               lanes <= (json_int_t)(request->lanes > 0 ? request->lanes : machine->lanes_most) &&
               isfinite(hashrate) && hashrate >= 0 &&
               (json_is_null(limit) || (json_is_real(limit) && json_real_value(limit) > 0));
    if (hit) {
        write_seal(seal, question, kernel, (int)lanes, hashrate, json_real_value(limit));
        hit = said != NULL && strcmp(said, seal) == 0;
    }
    if (hit) {
        choice->variant = variant;
        choice->lanes = (unsigned)lanes;
        choice->hashrate = hashrate;
        choice->limit = json_is_null(limit) ? 0 : json_real_value(limit);
    }
    json_decref(root);
    return hit;
}

bool miner_choice_save(const struct miner_choice *choice,
                       const struct miner_choice_request *request,
                       const struct bench_machine *machine)
{
    char question[QUESTION_MAX];
    char path[PATH_CAP];
    char seal[SEAL_CAP];
    write_question(question, request, machine);
    if (!file_path(path, question, request, machine)) {
        return false;
    }
    base_file_folders(path);
    write_seal(seal, question, choice->variant->name, (int)choice->lanes, choice->hashrate,
               choice->limit > 0 ? choice->limit : 0);
    json_t *root = json_pack(
        "{s:s, s:s, s:i, s:f, s:o, s:s}", "question", question, "kernel", choice->variant->name,
        "lanes", (int)choice->lanes, "hashrate", choice->hashrate, "limit",
        choice->limit > 0 ? json_real(choice->limit) : json_null(), "seal", seal);
    char *text = json_dumps(root, JSON_INDENT(2));
    bool saved = text != NULL && base_file_write(path, text, strlen(text), NULL) == BASE_OK;
    free(text); /* of jansson: free(3) */
    json_decref(root);
    return saved;
}
