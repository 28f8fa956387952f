#include "src/commands/commands.h"
int command_history(int argc, char **argv)
{
	(void)argc, (void)argv;
	return EXIT_USAGE;
}
