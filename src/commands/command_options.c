#include "src/commands/command_options.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "src/commands/commands.h"
#include "src/commands/names.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define USAGE_COLUMNS 80
/* getopt_long returns this plus the row; below are its own letters. */
#define ROW_BASE 256
#define ROW_HELP (ROW_BASE + COMMAND_OPTIONS_MAX)

bool duration_parse(const char *text, int64_t *ns)
{
	static const struct {
		char letter;
		int64_t ns;
	} UNITS[] = {{'s', NS_PER_SECOND}, {'m', NS_PER_MINUTE}, {'h', NS_PER_HOUR}};
	size_t length = strlen(text);
	int64_t count;
	for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]) && length > 1; i++) {
		if (text[length - 1] != UNITS[i].letter ||
		    decimal_parse_i64(text, length - 1, 0, &count) != DECIMAL_OK || count < 1 ||
		    count > INT64_C(31536000))
			continue;
		*ns = count * UNITS[i].ns;
		return true;
	}
	return false;
}

/* ---- usage and help -------------------------------------------------------------------------- */

/* "--out DIR", "--watch[=30s]", "--json"; returns the length. */
static int format_option(const struct command_option *option, char *buffer, size_t size)
{
	const char *value = option->value ? option->value : "";
	return snprintf(buffer, size, option->without ? "--%s%s[=%s]" : "--%s%s%s", option->name,
			option->value && !option->without ? " " : "", value);
}

/* "FILE", "[COMMAND]", "FILE..." */
static void format_operand(const struct command_options *options, char *buffer, size_t size)
{
	bool maybe = options->number == OPERAND_MAYBE;
	snprintf(buffer, size, "%s%s%s%s", maybe ? "[" : "", options->operand, maybe ? "]" : "",
		 options->number == OPERAND_MORE ? "..." : "");
}

/* "fundarb NAME --needed X [--option X]", wrapped; `lead` goes before it. */
static void write_usage(const struct command_options *options, const char *lead, FILE *out)
{
	int indent =
		fprintf(out, "%sfundarb%s%s", lead, options->name[0] ? " " : "", options->name);
	int column = indent;
	for (size_t i = 0; i < options->count + (options->operand != NULL); i++) {
		char text[80], word[84];
		if (i < options->count) {
			format_option(&options->options[i], text, sizeof(text));
			bool needed = options->options[i].needed;
			snprintf(word, sizeof(word), needed ? "%s" : "[%s]", text);
		} else {
			format_operand(options, word, sizeof(word));
		}
		if (column + 1 + (int)strlen(word) > USAGE_COLUMNS)
			column = fprintf(out, "\n%*s", indent, "") - 1;
		column += fprintf(out, " %s", word);
	}
	fputc('\n', out);
}

static void write_usages(const struct command_options *options, const char *lead, FILE *out)
{
	if (options->part_count == 0)
		write_usage(options, lead, out);
	for (size_t i = 0; i < options->part_count; i++)
		write_usage(options->parts[i], i == 0 || !lead[0] ? lead : "       ", out);
}

static void write_meanings(const struct command_options *options, FILE *out)
{
	int width = 0;
	char text[80];
	for (size_t i = 0; i < options->count; i++) {
		int length = format_option(&options->options[i], text, sizeof(text));
		width = length > width ? length : width;
	}
	for (size_t i = 0; i < options->count; i++) {
		format_option(&options->options[i], text, sizeof(text));
		fprintf(out, "  %-*s  ", width, text);
		for (const char *at = options->options[i].meaning; *at; at++)
			if (*at == '\n')
				fprintf(out, "\n%*s", width + 4, "");
			else
				fputc(*at, out);
		fputc('\n', out);
	}
}

void command_options_write_help(const struct command_options *options, FILE *out)
{
	write_usages(options, "", out);
	fprintf(out, "\n%s.\n%s", options->meaning, options->before ? options->before : "");
	write_meanings(options, out);
	for (size_t i = 0; i < options->part_count; i++) {
		fprintf(out, "%s: %s\n", options->parts[i]->name, options->parts[i]->meaning);
		write_meanings(options->parts[i], out);
	}
	fputs(options->after ? options->after : "", out);
}

/* ---- complaints ------------------------------------------------------------------------------ */

int command_options_refuse(const struct command_options *options, const char *format, ...)
{
	va_list arguments;
	fprintf(stderr, "fundarb%s%s: ", options->name[0] ? " " : "", options->name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	write_usages(options, "usage: ", stderr);
	fputs(options->note ? options->note : "", stderr);
	return EXIT_USAGE;
}

/* The accepted form in words; `buffer` is for those that are made. */
static const char *expected_form(const struct command_option *option, char *buffer, size_t size)
{
	if (option->expected)
		return option->expected;
	switch (option->kind) {
	case OPTION_COUNT:
		snprintf(buffer, size, "a whole number %" PRId64 "..%" PRId64, option->low,
			 option->high);
		return buffer;
	case OPTION_DURATION:
		return "a duration like 90s, 15m or 72h";
	case OPTION_TIME:
		return "a UTC time like 2024-08-08T23:56:00Z";
	case OPTION_NAMES:
		return "names with commas between them";
	case OPTION_FLAG:
	case OPTION_TEXT:
	case OPTION_OTHER:
		break;
	}
	return option->value;
}

/* What getopt_long stopped at; `letter` is '?' or ':'. */
static void refuse_option(const struct command_options *options, int letter, char **argv)
{
	char buffer[80];
	const struct command_option *option = optopt >= ROW_BASE && optopt != ROW_HELP
						      ? &options->options[optopt - ROW_BASE]
						      : NULL;
	if (option && letter == ':')
		command_options_refuse(options, "--%s: its value is missing: expected %s",
				       option->name, expected_form(option, buffer, sizeof(buffer)));
	else if (optopt >= ROW_BASE)
		command_options_refuse(options, "--%s takes no value",
				       option ? option->name : "help");
	else if (optopt != 0)
		command_options_refuse(options, "unknown option -%c", optopt);
	else
		command_options_refuse(options, "unknown option %s", argv[optind - 1]);
}

static void refuse_value(const struct command_options *options, const struct command_option *option,
			 const char *value)
{
	char buffer[80];
	command_options_refuse(options, "--%s %s: expected %s", option->name,
			       value && value[0] ? value : "''",
			       expected_form(option, buffer, sizeof(buffer)));
}

/* ---- parsing --------------------------------------------------------------------------------- */

static bool take_count(const struct command_option *option, const char *value, int64_t *out)
{
	int64_t count;
	if (decimal_parse_i64(value, strlen(value), 0, &count) != DECIMAL_OK ||
	    count < option->low || count > option->high)
		return false;
	*out = count;
	return true;
}

static bool take_duration(const struct command_option *option, const char *value, int64_t *out)
{
	int64_t ns = option->without;
	if (value && (!duration_parse(value, &ns) || ns < option->low))
		return false;
	*out = ns;
	return true;
}

static bool take(const struct command_option *option, const char *value, void *arguments)
{
	void *to = (char *)arguments + option->member;
	switch (option->kind) {
	case OPTION_FLAG:
		return *(bool *)to = true;
	case OPTION_TEXT:
		*(const char **)to = value;
		return value[0] != '\0';
	case OPTION_COUNT:
		return take_count(option, value, to);
	case OPTION_DURATION:
		return take_duration(option, value, to);
	case OPTION_TIME:
		return utc_parse(value, strlen(value), to);
	case OPTION_NAMES:
		names_free(to);
		return names_parse(value, to);
	case OPTION_OTHER:
		return option->take(arguments, value);
	}
	return false;
}

static void list_for_getopt(const struct command_options *options, struct option *list)
{
	if (options->count > COMMAND_OPTIONS_MAX)
		abort();
	for (size_t i = 0; i < options->count; i++) {
		const struct command_option *option = &options->options[i];
		int has_argument = !option->value    ? no_argument
				   : option->without ? optional_argument
						     : required_argument;
		list[i] = (struct option){option->name, has_argument, NULL, ROW_BASE + (int)i};
	}
	list[options->count] = (struct option){"help", no_argument, NULL, ROW_HELP};
	list[options->count + 1] = (struct option){0};
}

/* What is not there though it has to be, or is though it must not. */
static bool is_complete(const struct command_options *options, const bool *given, int argc,
			char **argv)
{
	for (size_t i = 0; i < options->count; i++)
		if (options->options[i].needed && !given[i]) {
			command_options_refuse(options, "--%s %s is needed",
					       options->options[i].name, options->options[i].value);
			return false;
		}
	if (options->operand && options->number != OPERAND_MAYBE && optind == argc) {
		command_options_refuse(options, "%s is needed", options->operand);
		return false;
	}
	int end = !options->operand ? optind : options->number == OPERAND_MORE ? argc : optind + 1;
	if (end < argc)
		command_options_refuse(options, "unexpected argument %s", argv[end]);
	return end >= argc;
}

int command_options_parse(const struct command_options *options, int argc, char **argv,
			  void *arguments, int *code)
{
	struct option list[COMMAND_OPTIONS_MAX + 2];
	bool given[COMMAND_OPTIONS_MAX] = {false};
	list_for_getopt(options, list);
	*code = EXIT_USAGE;
	opterr = 0;
	optind = 0; /* anew, also after a parse that ended early */
	for (int letter; (letter = getopt_long(argc, argv, ":", list, NULL)) != -1;) {
		if (letter == ROW_HELP) {
			command_options_write_help(options, stdout);
			*code = EXIT_OK;
			return 0;
		}
		if (letter < ROW_BASE) {
			refuse_option(options, letter, argv);
			return 0;
		}
		const struct command_option *option = &options->options[letter - ROW_BASE];
		if (!take(option, optarg, arguments)) {
			refuse_value(options, option, optarg);
			return 0;
		}
		given[letter - ROW_BASE] = true;
	}
	return is_complete(options, given, argc, argv) ? optind : 0;
}
