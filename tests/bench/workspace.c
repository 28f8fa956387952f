#include "tests/bench/workspace.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void join(const char *folder, const char *name, char *path)
{
	int length = snprintf(path, WORKSPACE_PATH_MAX, "%s/%s", folder, name);
	assert(length > 0 && length < WORKSPACE_PATH_MAX);
}

const char *workspace_path(const struct workspace *workspace, const char *name, char *path)
{
	join(workspace->folder, name, path);
	return path;
}

bool recorded_file(const char *name, char *path)
{
	const char *folder = getenv("FUNDARB_DATA");
	join(folder != NULL ? folder : "../shared/data", name, path);
	return access(path, R_OK) == 0;
}
