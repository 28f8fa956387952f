#include "src/access_rule.h"

#include <stdio.h>

bool access_refused(const struct access_value *access, char *why, size_t size)
{
	const char *advice = access->advice;
	if (access->may_withdraw == ANSWER_YES) {
		snprintf(why, size, "the key can withdraw, so it does not belong here: %s",
			 advice[0] ? advice : "make one that can trade and no more");
		return true;
	}
	if (access->mode_fits == ANSWER_NO) {
		snprintf(why, size, "the account's mode%s%s cannot be traded in: %s",
			 access->mode[0] ? " " : "", access->mode,
			 advice[0] ? advice : "change it at the venue");
		return true;
	}
	return false;
}
