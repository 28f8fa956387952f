#include "core/base/log.h"
#include "core/base/scheduler.h"
#include "core/base/utc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct written {
	FILE *file;
	char *text;
	size_t size;
};

static int set_up(void **state)
{
	static struct written written;
	written.file = open_memstream(&written.text, &written.size);
	*state = &written;
	log_configure(written.file, LOG_DEBUG);
	return written.file ? 0 : -1;
}

static int tear_down(void **state)
{
	struct written *written = *state;
	log_configure(NULL, LOG_WARNING);
	log_set_clock(NULL, NULL);
	fclose(written->file);
	free(written->text);
	return 0;
}

static const char *text_of(struct written *written)
{
	fflush(written->file);
	return written->text;
}

static void a_line_names_level_and_area(void **state)
{
	log_write(LOG_DEBUG, "price_provider", "using cached BBO, age %.2f s", 0.06);
	log_write(LOG_INFO, "a", "b");
	log_write(LOG_WARNING, "a", "b");
	log_write(LOG_ALARM, "a", "b");
	assert_string_equal(text_of(*state), "DEBUG price_provider: using cached BBO, age 0.06 s\n"
					     "INFO a: b\nWARNING a: b\nALARM a: b\n");
}

static void lines_below_the_lowest_level_are_not_written(void **state)
{
	struct written *written = *state;
	log_configure(written->file, LOG_WARNING);
	assert_false(log_enabled(LOG_INFO));
	assert_true(log_enabled(LOG_WARNING) && log_enabled(LOG_ALARM));
	log_write(LOG_INFO, "a", "silent");
	log_write(LOG_ALARM, "a", "loud");
	assert_string_equal(text_of(written), "ALARM a: loud\n");
}

static void the_stamp_is_the_schedulers_time(void **state)
{
	struct scheduler *scheduler =
		scheduler_create((INT64_C(1723075200) + 86160) * NS_PER_SECOND + 123456789);
	assert_non_null(scheduler);
	log_set_clock(scheduler_log_clock, scheduler);
	log_write(LOG_INFO, "a", "b");
	assert_string_equal(text_of(*state), "2024-08-08T23:56:00.123456Z INFO a: b\n");
	scheduler_free(scheduler);
}

static void foreign_text_cannot_break_the_line(void **state)
{
	log_write(LOG_INFO, "a", "venue says: %s", "no\nALARM a: forged\r\x1b[2J\t\x7f end");
	assert_string_equal(text_of(*state), "INFO a: venue says: no ALARM a: forged  [2J   end\n");
}

static void long_lines_are_cut_and_end(void **state)
{
	char text[4000];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_write(LOG_INFO, "a", "%s", text);
	log_write(LOG_INFO, "a", "next");
	const char *lines = text_of(*state);
	assert_int_equal(strcspn(lines, "\n"), strlen("INFO a: ") + 1023);
	assert_string_equal(strchr(lines, '\n'), "\nINFO a: next\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_names_level_and_area, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lines_below_the_lowest_level_are_not_written,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_stamp_is_the_schedulers_time, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(foreign_text_cannot_break_the_line, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(long_lines_are_cut_and_end, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
