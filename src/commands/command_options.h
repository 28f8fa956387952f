/*
 * The options of a command as one table: it parses the command line, words every complaint, and
 * writes the usage and the page of `fundarb help COMMAND`.
 */
#ifndef FUNDARB_SRC_COMMANDS_COMMAND_OPTIONS_H
#define FUNDARB_SRC_COMMANDS_COMMAND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define COMMAND_OPTIONS_MAX 16

/* What the value is, and the type of the member it goes to. */
enum option_kind {
	OPTION_FLAG,	 /* bool; there is no value */
	OPTION_TEXT,	 /* const char *, not empty; points into argv */
	OPTION_COUNT,	 /* int64_t, low..high */
	OPTION_DURATION, /* int64_t, nanoseconds, at least low */
	OPTION_TIME,	 /* int64_t, nanoseconds of UTC */
	OPTION_NAMES,	 /* struct names; the caller frees it, whatever the outcome */
	OPTION_OTHER,	 /* what `take` makes of it */
};

struct command_option {
	const char *name; /* without the dashes; `help` is every command's and in no table */
	enum option_kind kind;
	size_t member;	     /* its offset in the command's arguments; not used by OPTION_OTHER */
	const char *value;   /* what the usage calls it: "FILE"; NULL: there is none */
	const char *meaning; /* for the help; text after a line break is indented as well */
	bool needed;
	int64_t low, high; /* counts: both ends are allowed; durations: only low */
	int64_t without;   /* durations: != 0: the value may be left out and is this then */
	/* The accepted form in words: needed by OPTION_OTHER, else better ones than the kind's. */
	const char *expected;
	/* OPTION_OTHER: stores the value (NULL where there is none); false: it is not `expected`.
	 */
	bool (*take)(void *arguments, const char *value);
};

enum operand_number { OPERAND_ONE, OPERAND_MAYBE, OPERAND_MORE };

struct command_options {
	const char *name; /* as typed after `fundarb`; "" for none */
	const struct command_option *options;
	size_t count;
	const char *operand; /* what is named without an option: "FILE"; NULL: nothing is */
	enum operand_number number;
	const char *note;	    /* lines below the usage of a complaint, or NULL */
	const char *meaning;	    /* its line in `fundarb help` */
	const char *before, *after; /* lines of its page around the options, or NULL */
	/* A command of several parts ("rec info") has these instead of options. */
	const struct command_options *const *parts;
	size_t part_count;
};

/*
 * Stores what is given into `arguments`, which holds the defaults; the last of a repeated option
 * counts. A value follows its option or an equal sign; a name may be cut short while it is still
 * the only one. Operands may stand between options and are moved behind them.
 *
 * Returns the index of the first operand in argv, argc if there is none. Returns 0 if the command
 * ends here, with *code: EXIT_USAGE after a complaint (an unknown option, a value that is missing
 * or not accepted, something needed that is not given, an operand too many), EXIT_OK after --help,
 * which writes the page to standard output. Arguments are half filled then.
 */
int command_options_parse(const struct command_options *options, int argc, char **argv,
			  void *arguments, int *code);
/* Complains on standard error, with the usage; returns EXIT_USAGE. */
int command_options_refuse(const struct command_options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The page of `fundarb help COMMAND`: usage, meaning, options. */
void command_options_write_help(const struct command_options *options, FILE *out);

/* "90s", "15m", "72h": 1 to 31536000 of the unit; false: it is none. */
bool duration_parse(const char *text, int64_t *ns);

#endif
