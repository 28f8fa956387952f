#include "tests/bench/workspace.h"

#include <assert.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void workspace_open(struct workspace *workspace)
{
	const char *parent = getenv("TMPDIR");
	snprintf(workspace->folder, sizeof(workspace->folder), "%s/fundarb-bench-XXXXXX",
		 parent != NULL ? parent : "/tmp");
	if (mkdtemp(workspace->folder) == NULL) {
		perror(workspace->folder);
		abort();
	}
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)status;
	(void)kind;
	(void)at;
	return remove(path);
}

void workspace_close(struct workspace *workspace)
{
	if (nftw(workspace->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
		perror(workspace->folder);
}

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
