#include "src/commands/commands.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <zlib.h>

const struct command_options VERSION_OPTIONS = {
	.name = "version",
	.meaning = "version of the program and of what it is built on",
};

int command_version(int argc, char **argv)
{
	int code;
	if (!command_options_parse(&VERSION_OPTIONS, argc, argv, NULL, &code))
		return code;
	printf("fundarb %s (zlib %s, cJSON %s)\n", FUNDARB_VERSION, zlibVersion(), cJSON_Version());
	return EXIT_OK;
}
