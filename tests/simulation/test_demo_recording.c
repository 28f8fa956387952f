/*
 * The demo's recording through the whole program: it trades, adds up, repeats to the byte, and no
 * decision knows anything of the future: cutting the recording at any time, or changing everything
 * after it, leaves every earlier line of the decision log as it was.
 */
#include "config/config.h"
#include "core/base/random.h"
#include "core/base/utc.h"
#include "src/market_generator.h"
#include "src/report.h"
#include "tests/support/scratch_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define INSTANTS      200
#define INSTANTS_SLOW 12 /* sanitizers, valgrind, a second release build */
#define DECISIONS_MAX 4096

static char folder[64];
static char *whole_log, *whole_report;
static char *config_text; /* config/backtest-demo.ini, as `./run backtest-demo` uses it */

static char *read_path(const char *path)
{
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	long size = ftell(file);
	rewind(file);
	char *text = malloc((size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	text[size] = '\0';
	fclose(file);
	return text;
}

static char *read_file(const char *name)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/build/demo/%s", folder, name);
	return read_path(path);
}

/* Returns the local time of the last event. */
static int64_t generate(const struct generator_options *options)
{
	char recording[128];
	struct generator_result result;
	struct error err = {0};
	snprintf(recording, sizeof(recording), "%s/build/demo/recording", folder);
	scratch_folder_remove(recording);
	if (!market_generate(recording, options, &result, &err))
		fail_msg("%s", err.text);
	return result.last_ns;
}

struct outcome {
	unsigned opened, closed, settlements;
	bool exact;
};

/* Runs the backtest up to a time and leaves decisions and report.json in the folder. */
static struct outcome backtest_until(int64_t to_ns)
{
	char path[128];
	struct error err = {0};
	struct outcome outcome = {0};
	struct config *config = calloc(1, sizeof(*config));
	assert_non_null(config);
	snprintf(path, sizeof(path), "%s/config/backtest-demo.ini", folder);
	if (!config_load_text(path, config_text, strlen(config_text), config, &err))
		fail_msg("%s", err.text);
	config->to_set = to_ns != INT64_MAX;
	config->to_ns = to_ns;
	struct world *world = world_create_backtest(config, NULL, &err);
	if (!world)
		fail_msg("%s", err.text);
	bool completed = world_run(world, &err);
	if (!completed)
		fail_msg("%s", err.text);
	struct report *report = report_create(world, completed);
	assert_non_null(report);
	outcome.exact = report->identity_exact;
	outcome.settlements = (unsigned)world->funding_count;
	for (size_t i = 0; i < report->trade_count; i++) {
		enum trade_status status = report->trades[i].record->status;
		outcome.opened += status != TRADE_STATUS_REFUSED;
		outcome.closed += status == TRADE_STATUS_CLOSED;
	}
	snprintf(path, sizeof(path), "%s/build/demo/report.json", folder);
	assert_true(report_write_json(report, path, &err));
	report_free(report);
	world_free(world);
	free(config);
	return outcome;
}

static struct outcome backtest(void)
{
	return backtest_until(INT64_MAX);
}

static void make_folder(const char *name)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void make_workplace(void)
{
	/* Hundreds of recordings are written and synced. */
	scratch_folder_make_in_memory(folder, sizeof(folder));
	make_folder("config");
	make_folder("build");
	make_folder("build/demo");
}

static int set_up(void **state)
{
	(void)state;
	make_workplace();
	config_text = read_path("config/backtest-demo.ini");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(whole_log);
	free(whole_report);
	free(config_text);
	scratch_folder_remove(folder);
	return 0;
}

static void demo_trades_settles_and_adds_up(void **state)
{
	(void)state;
	struct generator_options options = generator_defaults();
	generate(&options);
	struct outcome outcome = backtest();
	whole_log = read_file("decisions.log");
	whole_report = read_file("report.json");
	print_message("%u opened, %u closed, %u funding payments\n", outcome.opened, outcome.closed,
		      outcome.settlements);
	assert_true(outcome.opened >= 5);
	assert_true(outcome.closed >= 5);
	assert_true(outcome.settlements >= 10);
	assert_true(outcome.exact);
}

static void second_run_gives_the_same_bytes(void **state)
{
	(void)state;
	backtest();
	char *log = read_file("decisions.log"), *report = read_file("report.json");
	assert_string_equal(log, whole_log);
	assert_string_equal(report, whole_report);
	free(log);
	free(report);
}

static void block_size_and_compression_change_nothing(void **state)
{
	(void)state;
	for (int compress = 0; compress < 2; compress++) {
		struct generator_options options = generator_defaults();
		options.block_bytes = compress ? 1 << 20 : 4096;
		options.compress = compress;
		generate(&options);
		backtest();
		char *log = read_file("decisions.log"), *report = read_file("report.json");
		assert_string_equal(log, whole_log);
		assert_string_equal(report, whole_report);
		free(log);
		free(report);
	}
}

/* Bytes of the log that were decided before `at_ns`: its lines are in order of time. */
static size_t decided_before(const char *log, int64_t at_ns)
{
	char stamp[UTC_TEXT_MAX];
	size_t length = utc_format(at_ns, 9, stamp, sizeof(stamp));
	size_t used = 0;
	while (log[used] != '\0' && strncmp(log + used, stamp, length) < 0) {
		const char *end = strchr(log + used, '\n');
		assert_non_null(end);
		used = (size_t)(end - log) + 1;
	}
	return used;
}

static void assert_same_past(int64_t at_ns, const char *what)
{
	char *log = read_file("decisions.log");
	size_t expected = decided_before(whole_log, at_ns);
	size_t got = decided_before(log, at_ns);
	if (expected != got || memcmp(log, whole_log, got) != 0) {
		char stamp[UTC_TEXT_MAX];
		utc_format(at_ns, 9, stamp, sizeof(stamp));
		size_t same = 0;
		while (same < got && same < expected && log[same] == whole_log[same])
			same++;
		while (same > 0 && log[same - 1] != '\n')
			same--;
		print_message("was: %.*s\nis:  %.*s\n", (int)strcspn(whole_log + same, "\n"),
			      whole_log + same, (int)strcspn(log + same, "\n"), log + same);
		fail_msg("%s at %s changed what was decided before it", what, stamp);
	}
	free(log);
}

/* Times of the log's lines: the instants that are most likely to betray a look ahead. */
static size_t decision_times(int64_t *times)
{
	size_t count = 0;
	for (const char *line = whole_log; *line && count < DECISIONS_MAX;
	     line = strchr(line, '\n') + 1)
		if (strstr(line, " decided: ") && strstr(line, " decided: ") < strchr(line, '\n'))
			assert_true(utc_parse(line, strcspn(line, " "), &times[count++]));
	return count;
}

static void compare_past(int64_t at_ns)
{
	struct generator_options cut = generator_defaults(), changed = cut;
	cut.stop_ns = at_ns;
	/* A run ends with its data: up to there nothing may differ. */
	int64_t end_ns = generate(&cut) + 1;
	backtest();
	assert_same_past(end_ns, "cutting the recording");
	/* The changed future is on disk for an hour; running a little into it is enough. */
	changed.diverge_ns = at_ns;
	changed.stop_ns = at_ns + NS_PER_HOUR;
	generate(&changed);
	backtest_until(at_ns + NS_PER_MINUTE);
	assert_same_past(at_ns, "changing the data");
}

static void past_decisions_do_not_depend_on_the_future(void **state)
{
	(void)state;
	static int64_t times[DECISIONS_MAX], instants_ns[INSTANTS];
	const char *build = getenv("FUNDARB_BUILD"), *text = getenv("FUNDARB_SEED");
	bool repeated = getenv("FUNDARB_UNDER_VALGRIND") || getenv("FUNDARB_REPEATED");
	bool slow = repeated || (build && strcmp(build, "release") != 0);
	unsigned instants = slow ? INSTANTS_SLOW : INSTANTS;
	uint64_t seed = text ? strtoull(text, NULL, 10) : 20240808;
	struct generator_options usual = generator_defaults();
	struct random random;
	size_t decisions = decision_times(times);
	assert_true(decisions >= 10);
	if (slow)
		printf("reduced: %u of %u instants of the demo recording (%s)\n", instants,
		       INSTANTS, !repeated ? build : "repeated");
	print_message("seed %llu, %u instants (FUNDARB_SEED repeats)\n", (unsigned long long)seed,
		      instants);
	random_seed(&random, seed);
	for (unsigned i = 0; i < instants; i++)
		instants_ns[i] =
			i % 2 == 0 && i / 2 < decisions
				? times[i / 2] - 1
				: random_between(&random, usual.start_ns + NS_PER_HOUR,
						 usual.start_ns + usual.hours * NS_PER_HOUR);
	/* The second half on another core. What fails there ends that process with a code. */
	fflush(NULL);
	pid_t second = fork();
	assert_true(second >= 0);
	if (second == 0)
		make_workplace();
	for (unsigned i = second == 0 ? instants / 2 : 0;
	     i < (second == 0 ? instants : instants / 2); i++)
		compare_past(instants_ns[i]);
	if (second == 0) {
		scratch_folder_remove(folder);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(second, &status, 0), second);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(demo_trades_settles_and_adds_up),
		cmocka_unit_test(second_run_gives_the_same_bytes),
		cmocka_unit_test(block_size_and_compression_change_nothing),
		cmocka_unit_test(past_decisions_do_not_depend_on_the_future),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
