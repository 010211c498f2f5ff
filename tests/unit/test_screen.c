/* test_screen.c: the live screen as a picture, without a terminal: what it says at several sizes,
 * that it stays inside them, and what gives way first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faces/screen_draw.h"
#include "lanes/counters.h"

enum { TEXT_CAP = MINER_CANVAS_COLUMNS_MAX * 4, DEVICES = 3 };

static struct miner_canvas canvas;
static struct miner_screen_event events[MINER_SCREEN_EVENTS_MAX];
static struct miner_screen_past past;
static struct miner_snapshot *snapshot;
static struct miner_snapshot_group *view; /* its only group */
static struct miner_snapshot_chain chains[16];
static struct miner_snapshot_device devices[DEVICES];
static struct miner_screen_look look;

static void unknown(struct miner_reading *reading)
{
    *reading = (struct miner_reading){
        MINER_SENSOR_UNKNOWN, MINER_SENSOR_UNKNOWN, MINER_SENSOR_UNKNOWN, MINER_SENSOR_UNKNOWN,
        MINER_SENSOR_UNKNOWN, MINER_SENSOR_UNKNOWN, MINER_SENSOR_UNKNOWN};
}

/* Answers that took 17.2 ms. */
static void fill_answers(struct miner_times *answers)
{
    answers->count = 32;
    answers->max_ns = 17200000;
    answers->buckets[miner_times_bucket(answers->max_ns)] = 32;
}

static int set_up(void **state)
{
    (void)state;
    snapshot = calloc(1, sizeof *snapshot + sizeof snapshot->groups[0]);
    assert_non_null(snapshot);
    snapshot->now_ms = 1000000;
    snapshot->group_count = 1;
    view = &snapshot->groups[0];
    view->title = "Algorithm";
    view->unit = "H";
    view->uptime_s = 3 * 3600 + 25 * 60 + 7;
    view->rate[0] = 3.4e9;
    view->rate[1] = 3.5e9;
    view->rate[2] = 3.6e9;
    view->chains = chains;
    view->chain_count = 16;
    view->covered = 15;
    view->expected = 3.5e9 * 86400;
    view->solo = true;
    view->shares.accepted = 41;
    view->shares.stale = 2;
    view->shares.rejected = 3;
    view->shares.faults = 9;
    fill_answers(&view->answers);
    memset(chains, 0, sizeof chains);
    for (uint32_t i = 0; i < 16; i++) {
        chains[i].number = i;
        chains[i].has_job = i != 5;
        chains[i].age_ms = UINT64_C(500) * i;
    }
    chains[7].resting = true;
    view->server.up = true;
    view->server.since_ms = 65000;
    (void)snprintf(view->server.name, sizeof view->server.name, "daemon+tcp://10.0.0.7:10973");
    view->devices = devices;
    view->device_count = DEVICES;
    for (size_t i = 0; i < DEVICES; i++) {
        devices[i] = (struct miner_snapshot_device){.kernel = "avx2",
                                                    .unit = "H",
                                                    .state = "ready",
                                                    .cpu = i == 0,
                                                    .up = true,
                                                    .sum = {.lanes = 2},
                                                    .rate = {1.25e6, 2e6, 3e6},
                                                    .limit = i == 0 ? 2e6 : 0};
        (void)snprintf(devices[i].name, sizeof devices[i].name, "%s",
                       i == 0 ? "cpu" : "opencl 0:1 NVIDIA H200 NVL with a long name");
        unknown(&devices[i].reading);
    }
    devices[0].sum.found = 6;
    devices[1].sum.found = 4;
    devices[1].reading.temperature_mc = 61400;
    devices[1].reading.power_mw = 412300;
    devices[1].sum.faults = 9;
    devices[2].up = false;
    devices[2].sum.lanes_off = 1;
    devices[2].state = "off";
    memset(&past, 0, sizeof past);
    past.expected_finds = 8;
    memset(events, 0, sizeof events);
    look = (struct miner_screen_look){.snapshot = snapshot,
                                      .group = view,
                                      .version = "9.8.7",
                                      .unicode = true,
                                      .past = &past,
                                      .events = events};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(snapshot);
    return 0;
}

static void add_event(const char *text)
{
    struct miner_screen_event *event =
        &events[(look.event_first + look.event_count) % MINER_SCREEN_EVENTS_MAX];
    (void)snprintf(event->stamp, sizeof event->stamp, "12:00:%02u",
                   (unsigned)look.event_count % 60);
    (void)snprintf(event->tag, sizeof event->tag, "net");
    (void)snprintf(event->text, sizeof event->text, "%s", text);
    event->level = MINER_LOG_INFO;
    look.event_count += 1;
}

static void draw(unsigned rows, unsigned columns)
{
    miner_canvas_clear(&canvas, rows, columns);
    miner_screen_draw(&canvas, &look);
}

/* The first row that holds a piece of text; -1: none. */
static int row_of(const char *piece)
{
    char text[TEXT_CAP];
    for (unsigned row = 0; row < canvas.rows; row++) {
        if (strstr(miner_canvas_text(&canvas, row, text, sizeof text), piece) != NULL) {
            return (int)row;
        }
    }
    return -1;
}

static void must_show(const char *piece)
{
    if (row_of(piece) < 0) {
        char text[TEXT_CAP];
        for (unsigned row = 0; row < canvas.rows; row++) {
            print_message("|%s\n", miner_canvas_text(&canvas, row, text, sizeof text));
        }
        fail_msg("not on the screen of %u columns: %s", canvas.columns, piece);
    }
}

static void test_all_is_there(void **state)
{
    static const char *const pieces[] = {"shardpick 9.8.7",
                                         "mining",
                                         "3:25:07",
                                         "3.40 GH/s",
                                         "3.50 GH/s",
                                         "3.60 GH/s",
                                         "daemon+tcp://10.0.0.7:10973",
                                         "up 0:01:05",
                                         "latency 17 ms",
                                         "accepted 41",
                                         "stale 2",
                                         "rejected 3",
                                         "wrong 9",
                                         "a block in 24 h",
                                         "luck 125 %",
                                         "10 found, 8.0 expected",
                                         "1.25 MH/s",
                                         "of limit",
                                         "62 %", /* 1.25 of 2.00 MH/s */
                                         "61 °C",
                                         "412 W",
                                         "cpu: 2 lanes, avx2",
                                         " 0:1 NVIDIA H200 NVL",
                                         "off",
                                         "chain",
                                         "won",
                                         "hashrate",
                                         "quit",
                                         "first words",
                                         "last words"};
    (void)state;
    add_event("first words");
    add_event("last words");
    for (unsigned columns = 80; columns <= 200; columns += 40) {
        draw(30, columns);
        for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
            must_show(pieces[i]);
        }
        must_show("within 24 h 63.2 %"); /* 1 - 1/e: one block a day is expected */
        assert_true(row_of("first words") < row_of("last words"));
    }
}

static void test_ages(void **state)
{
    char text[TEXT_CAP];
    (void)state;
    draw(30, 80);
    /* Chain i is 500 ms times i old; 5 has no job, 7 rests. */
    assert_string_equal(
        miner_canvas_text(&canvas, (unsigned)row_of("age"), text, sizeof text),
        " age      0.0 0.5 1.0 1.5 2.0  -  3.0 won 4.0 4.5 5.0 5.5 6.0 6.5 7.0 7.5");
    const struct miner_cell *cells = &canvas.cells[(size_t)row_of("age") * canvas.columns + 10];
    /* Four columns a chain. */
    assert_int_equal(cells[0].style, MINER_STYLE_HEAT);
    assert_int_equal(cells[16].style, MINER_STYLE_HEAT_1);
    assert_int_equal(cells[36].style, MINER_STYLE_HEAT_2);
    chains[15].age_ms = 61000;
    draw(30, 80);
    must_show("7.0 61s");
    assert_int_equal(cells[60].style, MINER_STYLE_HEAT_3);
}

/* Any size: nothing is written outside (the sanitizer and the canvas see to it), and the newest
 * line of the log is seen whenever there is any room for it. */
static void test_any_size(void **state)
{
    (void)state;
    for (int i = 0; i < 500; i++) {
        add_event("a line of the log that has to be wrapped where the window is narrow, as it is");
        if (look.event_count > MINER_SCREEN_EVENTS_MAX) {
            look.event_count -= 1;
            look.event_first = (look.event_first + 1) % MINER_SCREEN_EVENTS_MAX;
        }
    }
    add_event("newest");
    look.event_count -= 1;
    look.event_first = (look.event_first + 1) % MINER_SCREEN_EVENTS_MAX;
    for (unsigned columns = 1; columns < 140; columns += columns < 45 ? 1 : 7) {
        for (unsigned rows = 1; rows < 45; rows += rows < 26 ? 1 : 6) {
            draw(rows, columns);
            if (columns >= 40 && rows >= 8) {
                must_show("newest");
                must_show("3.40 GH/s");
                must_show("accepted 41");
            }
        }
    }
    draw(1000, 1000);
    assert_int_equal(canvas.rows, MINER_CANVAS_ROWS_MAX);
    must_show("newest");
}

static void test_narrow_and_ascii(void **state)
{
    (void)state;
    look.unicode = false;
    add_event("caf\xc3\xa9 \xe2\x82 \xff \xf0\x9f\x98\x80");
    draw(24, 40);
    must_show("3.40 GH/s");
    must_show("wrong 9");
    must_show("caf\xc3\xa9 ? ? ?");
    for (size_t i = 0; i < (size_t)canvas.rows * canvas.columns; i++) {
        assert_true(canvas.cells[i].glyph < 0x80 || canvas.cells[i].glyph == 0xe9);
    }
}

static void test_states(void **state)
{
    (void)state;
    view->paused = true;
    draw(24, 80);
    must_show("paused");
    view->paused = false;
    view->server.up = false;
    draw(24, 80);
    must_show("no server");
    must_show("down 0:01:05");
    view->server.up = true;
    view->covered = 0;
    view->expected = 0;
    draw(24, 80);
    must_show("waiting for work");
    must_show("a block in -");
    snapshot->stopping = true;
    draw(24, 80);
    must_show("stopping");
}

/* A solver's rates are in solutions. */
static void test_unit(void **state)
{
    (void)state;
    view->unit = "Sol";
    for (size_t i = 0; i < DEVICES; i++) {
        devices[i].unit = "Sol";
    }
    draw(30, 80);
    must_show("3.40 GSol/s");
    must_show("1.25 MSol/s");
    assert_int_equal(row_of("H/s"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_any_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_narrow_and_ascii, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_states, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unit, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
