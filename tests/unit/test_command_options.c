/* Command lines against a table of options: what is stored, and what is said of the rest. */
#include "src/commands/commands.h"
#include "src/commands/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

struct arguments {
	const char *out;
	bool json;
	int64_t most, for_ns, watch_ns, to_ns;
	struct names coins;
	char side;
};

static bool take_side(void *to, const char *value)
{
	((struct arguments *)to)->side = value[0];
	return strcmp(value, "long") == 0 || strcmp(value, "short") == 0;
}

static const struct command_option TABLE[] = {
	{"out", OPTION_TEXT, offsetof(struct arguments, out), "DIR",
	 .meaning = "where it goes;\nmade if missing", .needed = true},
	{"json", OPTION_FLAG, offsetof(struct arguments, json), NULL, .meaning = "as JSON"},
	{"most", OPTION_COUNT, offsetof(struct arguments, most), "N", .meaning = "how many",
	 .low = 1, .high = 500},
	{"for", OPTION_DURATION, offsetof(struct arguments, for_ns), "72h", .meaning = "how long"},
	{"watch", OPTION_DURATION, offsetof(struct arguments, watch_ns), "30s",
	 .meaning = "again and again", .low = 5 * SECOND, .without = 30 * SECOND,
	 .expected = "a duration of 5s or more"},
	{"to", OPTION_TIME, offsetof(struct arguments, to_ns), "TIME", .meaning = "until then"},
	{"coins", OPTION_NAMES, offsetof(struct arguments, coins), "BTC,ETH", .meaning = "these"},
	{"side", OPTION_OTHER, 0, "SIDE", .meaning = "long or short", .expected = "long or short",
	 .take = take_side},
};

static const struct command_options PLAIN = {
	.name = "try",
	.options = TABLE,
	.count = sizeof(TABLE) / sizeof(TABLE[0]),
	.note = "A note.\n",
	.meaning = "try it",
	.before = "Before.\n",
	.after = "After.\n",
};

static const char USAGE[] =
	"usage: fundarb try --out DIR [--json] [--most N] [--for 72h] [--watch[=30s]]\n"
	"                   [--to TIME] [--coins BTC,ETH] [--side SIDE]\n"
	"A note.\n";

/* What goes to a standard stream during a call. */
struct capture {
	FILE *stream, *kept_in;
	int kept;
};

static void capture_begin(struct capture *capture, FILE *stream)
{
	*capture = (struct capture){.stream = stream, .kept_in = tmpfile()};
	assert_non_null(capture->kept_in);
	fflush(stream);
	capture->kept = dup(fileno(stream));
	assert_true(capture->kept >= 0);
	dup2(fileno(capture->kept_in), fileno(stream));
}

static void capture_end(struct capture *capture, char *text, size_t size)
{
	fflush(capture->stream);
	dup2(capture->kept, fileno(capture->stream));
	ssize_t length = pread(fileno(capture->kept_in), text, size - 1, 0);
	assert_true(length >= 0);
	text[length] = '\0';
	close(capture->kept);
	fclose(capture->kept_in);
}

#define WORDS_MAX 16
struct line {
	char text[256];
	char *words[WORDS_MAX + 1];
	int count, first, code;
	struct arguments arguments;
	char said[1024]; /* on standard error; `written`: on standard output */
	char written[1024];
};

/* Parses a line split at blanks; the words live as long as `line`. */
static void parse(struct line *line, const struct command_options *options, const char *text)
{
	struct capture output, complaint;
	*line = (struct line){.arguments = {.most = 30, .for_ns = INT64_MAX, .to_ns = INT64_MAX}};
	snprintf(line->text, sizeof(line->text), "try %s", text);
	for (char *at = line->text, *blank; at && line->count < WORDS_MAX; at = blank) {
		blank = strchr(at, ' ');
		if (blank)
			*blank++ = '\0';
		line->words[line->count++] = at;
	}
	capture_begin(&output, stdout);
	capture_begin(&complaint, stderr);
	line->first = command_options_parse(options, line->count, line->words, &line->arguments,
					    &line->code);
	capture_end(&complaint, line->said, sizeof(line->said));
	capture_end(&output, line->written, sizeof(line->written));
}

/* Refused, with exactly this and the usage. */
static void refused(const char *text, const char *problem)
{
	struct line line;
	char wanted[1024];
	parse(&line, &PLAIN, text);
	snprintf(wanted, sizeof(wanted), "fundarb try: %s\n%s", problem, USAGE);
	assert_string_equal(line.said, wanted);
	assert_int_equal(line.first, 0);
	assert_int_equal(line.code, EXIT_USAGE);
	assert_string_equal(line.written, "");
	names_free(&line.arguments.coins);
}

static void each_kind_is_stored_where_the_table_says(void **state)
{
	(void)state;
	struct line line;
	parse(&line, &PLAIN,
	      "--out there --json --most=500 --for 2h --to 1970-01-01T00:01:00Z --coins BTC,ETH "
	      "--side short");
	assert_string_equal(line.said, "");
	assert_int_equal(line.first, line.count);
	assert_string_equal(line.arguments.out, "there");
	assert_true(line.arguments.json);
	assert_int_equal(line.arguments.most, 500);
	assert_int_equal(line.arguments.for_ns, 7200 * SECOND);
	assert_int_equal(line.arguments.to_ns, 60 * SECOND);
	assert_int_equal(line.arguments.side, 's');
	assert_int_equal(line.arguments.coins.count, 2);
	assert_string_equal(line.arguments.coins.at[1], "ETH");
	names_free(&line.arguments.coins);
}

static void what_is_not_given_keeps_its_default(void **state)
{
	(void)state;
	struct line line;
	parse(&line, &PLAIN, "--out there");
	assert_int_equal(line.first, 3);
	assert_false(line.arguments.json);
	assert_int_equal(line.arguments.most, 30);
	assert_int_equal(line.arguments.for_ns, INT64_MAX);
	assert_int_equal(line.arguments.coins.count, 0);
}

static void the_last_of_a_repeated_option_counts(void **state)
{
	(void)state;
	struct line line;
	parse(&line, &PLAIN,
	      "--coins A,B,C --out x --most 1 --json --coins D --most 2 --json --out y");
	assert_string_equal(line.said, "");
	assert_string_equal(line.arguments.out, "y");
	assert_int_equal(line.arguments.most, 2);
	assert_int_equal(line.arguments.coins.count, 1);
	assert_string_equal(line.arguments.coins.at[0], "D");
	names_free(&line.arguments.coins);
}

static void a_value_that_may_be_left_out_has_one_of_its_own(void **state)
{
	(void)state;
	struct line line;
	parse(&line, &PLAIN, "--out x --watch");
	assert_int_equal(line.arguments.watch_ns, 30 * SECOND);
	parse(&line, &PLAIN, "--out x --watch=5s");
	assert_int_equal(line.arguments.watch_ns, 5 * SECOND);
	refused("--out x --watch=4s", "--watch 4s: expected a duration of 5s or more");
	refused("--out x --watch 9s", "unexpected argument 9s");
}

static void unknown_options_are_named(void **state)
{
	(void)state;
	refused("--out x --mots 3", "unknown option --mots");
	refused("--out x -xy", "unknown option -x");
	refused("--out x --json=yes", "--json takes no value");
	/* The one before ended inside a word; the next begins anew. */
	refused("-xy", "unknown option -x");
	refused("--mots", "unknown option --mots");
}

static void missing_values_and_options_are_named(void **state)
{
	(void)state;
	refused("--out", "--out: its value is missing: expected DIR");
	refused("--out x --for", "--for: its value is missing: expected a duration like 90s, 15m "
				 "or 72h");
	refused("--json", "--out DIR is needed");
}

static void values_that_are_not_understood_are_shown_with_what_is_expected(void **state)
{
	(void)state;
	refused("--out=", "--out '': expected DIR");
	refused("--out x --for 90", "--for 90: expected a duration like 90s, 15m or 72h");
	refused("--out x --for 0s", "--for 0s: expected a duration like 90s, 15m or 72h");
	refused("--out x --most 0", "--most 0: expected a whole number 1..500");
	refused("--out x --most 501", "--most 501: expected a whole number 1..500");
	refused("--out x --most 1.5", "--most 1.5: expected a whole number 1..500");
	refused("--out x --to yesterday",
		"--to yesterday: expected a UTC time like 2024-08-08T23:56:00Z");
	refused("--out x --coins BTC,,ETH",
		"--coins BTC,,ETH: expected names with commas between them");
	refused("--out x --side up", "--side up: expected long or short");
}

static void operands_come_in_their_order_and_number(void **state)
{
	(void)state;
	struct command_options one = PLAIN, many = PLAIN;
	struct line line;
	struct command_options maybe = PLAIN;
	one.operand = many.operand = maybe.operand = "FILE";
	many.number = OPERAND_MORE;
	maybe.number = OPERAND_MAYBE;
	refused("--out x file", "unexpected argument file");
	parse(&line, &many, "a --out x - --json -- --b");
	assert_string_equal(line.said, "");
	assert_int_equal(line.count - line.first, 3);
	assert_string_equal(line.words[line.first], "a");
	assert_string_equal(line.words[line.first + 1], "-");
	assert_string_equal(line.words[line.first + 2], "--b");
	parse(&line, &one, "a --out x");
	assert_string_equal(line.words[line.first], "a");
	parse(&line, &one, "a --out x b");
	assert_non_null(strstr(line.said, "unexpected argument b\n"));
	parse(&line, &one, "--out x");
	assert_non_null(strstr(line.said, "FILE is needed\n"));
	assert_non_null(strstr(line.said, "[--side SIDE] FILE\n"));
	parse(&line, &many, "--out x");
	assert_non_null(strstr(line.said, "FILE is needed\n"));
	assert_non_null(strstr(line.said, "[--side SIDE] FILE...\n"));
	parse(&line, &maybe, "--out x");
	assert_string_equal(line.said, "");
	assert_int_equal(line.first, line.count);
	parse(&line, &maybe, "--out x a");
	assert_string_equal(line.words[line.first], "a");
	parse(&line, &maybe, "--out x a b");
	assert_non_null(strstr(line.said, "unexpected argument b\n"));
	assert_non_null(strstr(line.said, "[--side SIDE] [FILE]\n"));
}

static void help_is_written_from_the_table(void **state)
{
	(void)state;
	static const char PAGE[] =
		"fundarb try --out DIR [--json] [--most N] [--for 72h] [--watch[=30s]]\n"
		"            [--to TIME] [--coins BTC,ETH] [--side SIDE]\n"
		"\n"
		"try it.\n"
		"Before.\n"
		"  --out DIR        where it goes;\n"
		"                   made if missing\n"
		"  --json           as JSON\n"
		"  --most N         how many\n"
		"  --for 72h        how long\n"
		"  --watch[=30s]    again and again\n"
		"  --to TIME        until then\n"
		"  --coins BTC,ETH  these\n"
		"  --side SIDE      long or short\n"
		"After.\n";
	static const char *const ASKED[] = {"--help", "--json --help", "--help --mots", "x --help"};
	struct line line;
	for (size_t i = 0; i < sizeof(ASKED) / sizeof(ASKED[0]); i++) {
		parse(&line, &PLAIN, ASKED[i]);
		assert_string_equal(line.written, PAGE);
		assert_string_equal(line.said, "");
		assert_int_equal(line.first, 0);
		assert_int_equal(line.code, EXIT_OK);
	}
	refused("--help=yes", "--help takes no value");
	refused("--mots --help", "unknown option --mots");
	refused("-- --help", "--out DIR is needed");
}

static void parts_are_on_one_page_and_in_one_usage(void **state)
{
	(void)state;
	static const struct command_options ONE = {
		.name = "try one", .options = TABLE, .count = 2, .meaning = "first"};
	static const struct command_options TWO = {
		.name = "try two", .operand = "PATH", .meaning = "then"};
	static const struct command_options *const PARTS[] = {&ONE, &TWO};
	static const struct command_options WHOLE = {
		.name = "try", .parts = PARTS, .part_count = 2, .meaning = "both"};
	struct line line;
	parse(&line, &WHOLE, "--help");
	assert_string_equal(line.written, "fundarb try one --out DIR [--json]\n"
					  "fundarb try two PATH\n"
					  "\n"
					  "both.\n"
					  "try one: first\n"
					  "  --out DIR  where it goes;\n"
					  "             made if missing\n"
					  "  --json     as JSON\n"
					  "try two: then\n");
	parse(&line, &WHOLE, "--json");
	assert_string_equal(line.said, "fundarb try: unknown option --json\n"
				       "usage: fundarb try one --out DIR [--json]\n"
				       "       fundarb try two PATH\n");
}

static void durations_have_a_unit_and_an_end(void **state)
{
	(void)state;
	static const char *const BAD[] = {"",	"s",	"5",	     "5d", "-5s",
					  "0m", "1.5h", "31536001s", "5 s"};
	int64_t ns = 7;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		if (duration_parse(BAD[i], &ns))
			fail_msg("%s", BAD[i]);
	assert_int_equal(ns, 7);
	assert_true(duration_parse("31536000s", &ns));
	assert_int_equal(ns, 31536000 * SECOND);
	assert_true(duration_parse("15m", &ns));
	assert_int_equal(ns, 900 * SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_stored_where_the_table_says),
		cmocka_unit_test(what_is_not_given_keeps_its_default),
		cmocka_unit_test(the_last_of_a_repeated_option_counts),
		cmocka_unit_test(a_value_that_may_be_left_out_has_one_of_its_own),
		cmocka_unit_test(unknown_options_are_named),
		cmocka_unit_test(missing_values_and_options_are_named),
		cmocka_unit_test(values_that_are_not_understood_are_shown_with_what_is_expected),
		cmocka_unit_test(operands_come_in_their_order_and_number),
		cmocka_unit_test(help_is_written_from_the_table),
		cmocka_unit_test(parts_are_on_one_page_and_in_one_usage),
		cmocka_unit_test(durations_have_a_unit_and_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
