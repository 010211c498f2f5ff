/* schema.c: see schema.h. */
#include "schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool has_type(const json_t *value, const char *type)
{
    return (strcmp(type, "object") == 0 && json_is_object(value)) ||
           (strcmp(type, "array") == 0 && json_is_array(value)) ||
           (strcmp(type, "string") == 0 && json_is_string(value)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
           (strcmp(type, "number") == 0 && json_is_number(value)) ||
           (strcmp(type, "boolean") == 0 && json_is_boolean(value)) ||
           (strcmp(type, "null") == 0 && json_is_null(value));
}

/* "type" is one name or a list of them. */
static bool has_one_type(const json_t *value, const json_t *types)
{
    size_t i = 0;
    const json_t *type = NULL;
    if (json_is_string(types)) {
        return has_type(value, json_string_value(types));
    }
    json_array_foreach(types, i, type)
    {
        if (has_type(value, json_string_value(type))) {
            return true;
        }
    }
    return false;
}

static bool is_one_of(const json_t *value, const json_t *list)
{
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(list, i, one)
    {
        if (json_equal(value, one)) {
            return true;
        }
    }
    return false;
}

static void check(const json_t *defs, const json_t *shape, const json_t *value, const char *path);

static void check_object(const json_t *defs, const json_t *shape, const json_t *value,
                         const char *path)
{
    const json_t *properties = json_object_get(shape, "properties");
    const char *key = NULL;
    const json_t *member = NULL;
    const json_t *name = NULL;
    size_t i = 0;
    char deeper[256];
    json_array_foreach(json_object_get(shape, "required"), i, name)
    {
        if (json_object_get(value, json_string_value(name)) == NULL) {
            fail_msg("%s: \"%s\" is missing", path, json_string_value(name));
        }
    }
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        const json_t *known = json_object_get(properties, key);
        (void)snprintf(deeper, sizeof deeper, "%s.%s", path, key);
        if (known == NULL) {
            fail_msg("%s is not in the schema", deeper);
        }
        check(defs, known, member, deeper);
    }
}

static void check_keyword(const json_t *defs, const json_t *shape, const char *keyword,
                          const json_t *argument, const json_t *value, const char *path)
{
    size_t i = 0;
    const json_t *item = NULL;
    char deeper[256];
    if (strcmp(keyword, "type") == 0) {
        if (!has_one_type(value, argument)) {
            fail_msg("%s has the wrong type", path);
        }
    } else if (strcmp(keyword, "const") == 0) {
        if (!json_equal(value, argument)) {
            fail_msg("%s is not the constant", path);
        }
    } else if (strcmp(keyword, "enum") == 0) {
        if (!is_one_of(value, argument)) {
            fail_msg("%s is none of those allowed", path);
        }
    } else if (strcmp(keyword, "properties") == 0) {
        if (json_is_object(value)) { /* it says nothing of null */
            check_object(defs, shape, value, path);
        }
    } else if (strcmp(keyword, "items") == 0) {
        json_array_foreach(value, i, item)
        {
            (void)snprintf(deeper, sizeof deeper, "%s[%zu]", path, i);
            check(defs, argument, item, deeper);
        }
    } else if (strcmp(keyword, "$ref") == 0) {
        check(defs, json_object_get(defs, strrchr(json_string_value(argument), '/') + 1), value,
              path);
    } else if (strcmp(keyword, "additionalProperties") == 0) {
        assert_true(json_is_false(argument)); /* check_object refuses unknown members anyway */
    } else if (strcmp(keyword, "required") != 0 && strcmp(keyword, "description") != 0) {
        fail_msg("the schema uses %s, which this test does not know", keyword);
    }
}

static void check(const json_t *defs, const json_t *shape, const json_t *value, const char *path)
{
    const char *keyword = NULL;
    const json_t *argument = NULL;
    assert_true(json_is_object(shape));
    json_object_foreach((json_t *)(uintptr_t)shape, keyword, argument)
    {
        check_keyword(defs, shape, keyword, argument, value, path);
    }
}

void schema_check(const json_t *schema, const char *name, const json_t *value)
{
    const json_t *defs = json_object_get(schema, "$defs");
    check(defs, json_object_get(defs, name), value, name);
}
