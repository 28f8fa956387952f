/* fundarb version */
#include "src/commands/commands.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <zlib.h>

int command_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("fundarb %s (zlib %s, cJSON %s)\n", FUNDARB_VERSION, zlibVersion(), cJSON_Version());
	return EXIT_OK;
}
