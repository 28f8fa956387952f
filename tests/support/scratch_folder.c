#include "tests/support/scratch_folder.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME	     "/fundarb-test-XXXXXX"
#define MEMORY	     "/dev/shm"
#define OPEN_FOLDERS 16

static _Noreturn void give_up(const char *path)
{
	perror(path);
	abort();
}

static void make_below(const char *parent, char *folder, size_t size)
{
	snprintf(folder, size, "%s" NAME, parent);
	if (!mkdtemp(folder))
		give_up(folder);
}

void scratch_folder_make(char *folder, size_t size)
{
	const char *parent = getenv("TMPDIR");
	if (!parent || parent[0] != '/' || strlen(parent) + sizeof(NAME) > size)
		parent = P_tmpdir;
	make_below(parent, folder, size);
}

void scratch_folder_make_in_memory(char *folder, size_t size)
{
	if (access(MEMORY, W_OK) == 0)
		make_below(MEMORY, folder, size);
	else
		scratch_folder_make(folder, size);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

void scratch_folder_remove(const char *folder)
{
	if (nftw(folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
		give_up(folder);
}

static void copy_file(const char *from, const char *to)
{
	char bytes[1 << 14];
	FILE *in = fopen(from, "rbe"), *out = fopen(to, "wbxe");
	if (!in)
		give_up(from);
	if (!out)
		give_up(to);
	for (size_t count; (count = fread(bytes, 1, sizeof(bytes), in)) > 0;)
		if (fwrite(bytes, 1, count, out) != count)
			give_up(to);
	if (ferror(in))
		give_up(from);
	fclose(in);
	if (fclose(out) != 0)
		give_up(to);
}

static void copy_entry(const char *from, const char *to, const char *name)
{
	char source[PATH_MAX], copy[PATH_MAX];
	struct stat status;
	errno = ENAMETOOLONG;
	if (snprintf(source, sizeof(source), "%s/%s", from, name) >= (int)sizeof(source) ||
	    snprintf(copy, sizeof(copy), "%s/%s", to, name) >= (int)sizeof(copy) ||
	    lstat(source, &status) != 0)
		give_up(from);
	errno = EINVAL;
	if (S_ISDIR(status.st_mode))
		scratch_folder_copy(source, copy);
	else if (S_ISREG(status.st_mode))
		copy_file(source, copy);
	else
		give_up(source);
}

void scratch_folder_copy(const char *from, const char *to)
{
	if (mkdir(to, 0700) != 0 && errno != EEXIST)
		give_up(to);
	DIR *folder = opendir(from);
	if (!folder)
		give_up(from);
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			copy_entry(from, to, entry->d_name);
	closedir(folder);
}
