/* test_select.c: which kernel and which OpenCL devices a choice in words means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <string.h>

#include "base/cpu.h"
#include "config/values.h"
#include "machine/select.h"

/* A rig: two GPUs, one of them seen through two platforms, a CPU-type device, a broken one. */
static const struct kern_cl_info rig[] = {
    {.platform = 0, .device = 0, .kind = KERN_CL_GPU, .pci = "0000:65:00.0", .usable = true},
    {.platform = 0, .device = 1, .kind = KERN_CL_GPU, .pci = "0000:B3:00.0", .usable = true},
    {.platform = 1, .device = 0, .kind = KERN_CL_GPU, .pci = "0000:65:00.0", .usable = true},
    {.platform = 2, .device = 0, .kind = KERN_CL_CPU, .usable = true},
    {.platform = 3, .device = 0, .kind = KERN_CL_GPU, .why_not = "the driver hangs"},
    {.platform = 4, .device = 0, .kind = KERN_CL_ACCELERATOR, .usable = true},
};
enum { RIG = sizeof rig / sizeof rig[0] };

/* Choose; chosen devices as a set of bits. */
static enum base_status choose(unsigned *set, const char *text, struct base_error *error)
{
    struct miner_cl_selection selection;
    const struct kern_cl_info *infos[RIG];
    bool chosen[RIG];
    size_t count = 0;
    unsigned found = 0;
    enum base_status status = miner_picks_parse(&selection, text, error);
    if (status != BASE_OK) {
        return status;
    }
    for (size_t i = 0; i < RIG; i++) {
        infos[i] = &rig[i];
    }
    status = miner_select_opencl(chosen, &count, &selection, infos, RIG, error);
    *set = 0;
    for (size_t i = 0; i < RIG; i++) {
        *set |= (unsigned)chosen[i] << i;
        found += chosen[i];
    }
    assert_int_equal(found, count);
    return status;
}

static void test_opencl(void **state)
{
    static const struct {
        const char *text;
        unsigned set;
    } rows[] = {
        {"all", 0x23}, /* no CPU, nothing twice, nothing broken */
        {"none", 0},      {"0:1", 0x02},         {"2:0", 0x08}, /* a CPU-type device when named */
        {"1:0", 0x04},    {"0:0,2:0,0:0", 0x09}, {"0000:b3:00.0", 0x02}, {"B3:00.0,4:0", 0x22},
        {"65:00.0", 0x01}};
    struct base_error error = {BASE_OK, ""};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        unsigned set = 0;
        if (choose(&set, rows[i].text, &error) != BASE_OK) {
            fail_msg("%s: %s", rows[i].text, error.text);
        }
        assert_int_equal(set, rows[i].set);
    }
}

static void test_opencl_wrong(void **state)
{
    static const struct {
        const char *text;
        enum base_status status;
        const char *piece;
    } rows[] = {{"9:0", BASE_E_NOT_FOUND, "there is 0:0, 0:1, 1:0, 2:0, 4:0"},
                {"0:0,0:7", BASE_E_NOT_FOUND, "--opencl 0:7: no such"},
                {"3:0", BASE_E_NOT_FOUND, "the driver hangs"},
                {"01:00.0", BASE_E_NOT_FOUND, "0000:01:00.0"},
                {"", BASE_E_FORMAT, "all, none"},
                {"0:0;1:0", BASE_E_FORMAT, "0:0;1:0"},
                {"0:0:0", BASE_E_FORMAT, "0:0:0"},
                {"0:-1", BASE_E_FORMAT, "0:-1"},
                {"1000:0", BASE_E_FORMAT, "1000:0"},
                {"ALL", BASE_E_FORMAT, "all, none"},
                {"g5:00.0", BASE_E_FORMAT, "g5:00.0"}};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        struct base_error error = {BASE_OK, ""};
        unsigned set = 0;
        assert_int_equal(choose(&set, rows[i].text, &error), rows[i].status);
        if (strstr(error.text, rows[i].piece) == NULL) {
            fail_msg("%s: \"%s\" lacks \"%s\"", rows[i].text, error.text, rows[i].piece);
        }
    }
}

static void test_many_picks(void **state)
{
    char text[4 * (MINER_CL_PICKS_MAX + 1) + 1] = "";
    struct miner_cl_selection selection;
    struct base_error error = {BASE_OK, ""};
    (void)state;
    for (size_t i = 0; i <= MINER_CL_PICKS_MAX; i++) {
        strncat(text, i > 0 ? ",0:0" : "0:0", sizeof text - strlen(text) - 1);
    }
    assert_int_equal(miner_picks_parse(&selection, text, &error), BASE_E_FORMAT);
    assert_non_null(strstr(error.text, "more than 64"));
    text[strlen(text) - 4] = '\0';
    assert_int_equal(miner_picks_parse(&selection, text, &error), BASE_OK);
    assert_int_equal(selection.count, MINER_CL_PICKS_MAX);
}

static void test_names(void **state)
{
    char name[32];
    (void)state;
    assert_string_equal(miner_select_name(name, sizeof name, &rig[0]), "0000:65:00.0");
    assert_string_equal(miner_select_name(name, sizeof name, &rig[3]), "2:0");
}

static void test_kernel(void **state)
{
    const struct kern_algo *algo = kern_algo_find("alephium");
    const struct kern_variant *variant = NULL;
    struct base_error error = {BASE_OK, ""};
    uint32_t none = 0;
    (void)state;
    assert_non_null(algo);
    assert_int_equal(miner_select_kernel(&variant, algo, "", none, &error), BASE_OK);
    assert_string_equal(variant->name, "portable");
    assert_int_equal(miner_select_kernel(&variant, algo, NULL, none, &error), BASE_OK);
    assert_int_equal(miner_select_kernel(&variant, algo, "portable", UINT32_MAX, &error), BASE_OK);
    assert_string_equal(variant->name, "portable");
    assert_int_equal(miner_select_kernel(&variant, algo, "nosuch", none, &error), BASE_E_NOT_FOUND);
    assert_null(variant);
    assert_non_null(strstr(error.text, "portable"));
    for (size_t i = 0; i < algo->variant_count; i++) {
        if (algo->variants[i]->features != 0) {
            assert_int_equal(
                miner_select_kernel(&variant, algo, algo->variants[i]->name, none, &error),
                BASE_E_UNSUPPORTED);
            assert_non_null(strstr(error.text, "lacks"));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opencl),     cmocka_unit_test(test_opencl_wrong),
        cmocka_unit_test(test_many_picks), cmocka_unit_test(test_names),
        cmocka_unit_test(test_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
