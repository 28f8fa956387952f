#include "tests/support/effort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned effort(unsigned full, const char *what)
{
	const char *build = getenv("FUNDARB_BUILD");
	unsigned divisor = 1;
	if (getenv("FUNDARB_UNDER_VALGRIND")) {
		build = "valgrind";
		divisor = 10;
	} else if (getenv("FUNDARB_REPEATED")) {
		build = "repeated";
		divisor = 4;
	} else if (build && strcmp(build, "release") != 0 && strcmp(build, "debug") != 0) {
		divisor = 4;
	}
	unsigned part = full / divisor > 0 ? full / divisor : 1;
	if (part < full) {
		printf("reduced: %u of %u %s (%s)\n", part, full, what, build);
		fflush(stdout);
	}
	return part;
}
