/* What a run cannot write is never lost in silence: /dev/full stands for a full disk. */
#include "tests/support/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct workshop workshop;
static bool ready;

static int set_up(void **state)
{
	(void)state;
	if (access("/dev/full", W_OK) != 0 || !workshop_open(&workshop))
		return 0;
	assert_int_equal(workshop_run(&workshop, "generate --out recording --hours 1"), 0);
	ready = true;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (workshop.folder[0] != '\0')
		workshop_close(&workshop);
	return 0;
}

static void assert_fails(const char *decision_log, const char *arguments, const char *sentence)
{
	char text[512];
	snprintf(text, sizeof(text),
		 "[main]\nmode = backtest\n[backtest]\nrecording = recording\n%s"
		 "[venue demo-alpha]\ndeposit = 50000 USDC\n",
		 decision_log);
	workshop_write(&workshop, "bot.ini", text);
	assert_int_equal(workshop_run(&workshop, arguments), 3);
	char *err = workshop_read(&workshop, "err");
	assert_non_null(err);
	assert_non_null(strstr(err, sentence));
	free(err);
}

static void a_report_that_cannot_be_written_fails_the_run(void **state)
{
	(void)state;
	char out[256];
	if (!ready)
		return;
	/* The program's output goes to the file out: for this one test, that is the full disk. */
	workshop_path(&workshop, "out", out, sizeof(out));
	unlink(out);
	assert_int_equal(symlink("/dev/full", out), 0);
	assert_fails("", "--config bot.ini", "could not be written to standard output");
	assert_int_equal(unlink(out), 0);
}

static void a_json_report_that_cannot_be_written_fails_the_run(void **state)
{
	(void)state;
	if (!ready)
		return;
	assert_fails("", "--config bot.ini --json /dev/full",
		     "/dev/full: report cannot be written");
	char *text = workshop_read(&workshop, "out");
	assert_non_null(text);
	assert_non_null(strstr(text, "identity: holds"));
	free(text);
}

static void a_decision_log_that_cannot_be_written_fails_the_run(void **state)
{
	(void)state;
	if (ready)
		assert_fails("decision_log = /dev/full\n", "--config bot.ini",
			     "/dev/full: the decision log could not be written completely");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_that_cannot_be_written_fails_the_run),
		cmocka_unit_test(a_json_report_that_cannot_be_written_fails_the_run),
		cmocka_unit_test(a_decision_log_that_cannot_be_written_fails_the_run),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
