/* Lists of names in arguments: "BTC,ETH". */
#ifndef FUNDARB_SRC_COMMANDS_NAMES_H
#define FUNDARB_SRC_COMMANDS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define NAMES_MAX 256

struct names {
	char *text; /* owned */
	const char *at[NAMES_MAX];
	size_t count;
};

/* Parts at commas; false: an empty name, or too many. Free in either case. */
bool names_parse(const char *text, struct names *names);
void names_free(struct names *names);
bool names_hold(const struct names *names, const char *name);

#endif
