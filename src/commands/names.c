#include "src/commands/names.h"

#include <stdlib.h>
#include <string.h>

bool names_parse(const char *text, struct names *names)
{
	*names = (struct names){.text = strdup(text)};
	if (!names->text)
		abort();
	for (char *at = names->text, *comma = at; comma; at = comma + 1) {
		comma = strchr(at, ',');
		if (comma)
			*comma = '\0';
		if (*at == '\0' || names->count == NAMES_MAX)
			return false;
		names->at[names->count++] = at;
		if (!comma)
			break;
	}
	return true;
}

void names_free(struct names *names)
{
	free(names->text);
	*names = (struct names){0};
}

bool names_hold(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->at[i], name) == 0)
			return true;
	return false;
}
