#include "src/recording_folder.h"

#include "core/base/utc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make_folders(const char *path, struct error *err)
{
	char folder[PATH_MAX];
	if (path[0] == '\0' || strlen(path) >= sizeof(folder))
		return error_set(err, ERROR_CONFIGURATION, "'%s' cannot be a folder", path);
	snprintf(folder, sizeof(folder), "%s", path);
	for (char *at = folder + 1;; at++) {
		char cut = *at;
		if (cut != '/' && cut != '\0')
			continue;
		*at = '\0';
		if (mkdir(folder, 0755) != 0 && errno != EEXIST)
			return error_set(err, ERROR_CONFIGURATION, "cannot make the folder %s: %s",
					 folder, strerror(errno));
		if (cut == '\0')
			return true;
		*at = cut;
	}
}

int recording_folder_lock(const char *path, struct error *err)
{
	if (!make_folders(path, err))
		return -1;
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		error_set(err, ERROR_CONFIGURATION, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (flock(folder, LOCK_EX | LOCK_NB) == 0)
		return folder;
	error_set(err, ERROR_CONFIGURATION,
		  errno == EWOULDBLOCK
			  ? "%s is in use by another recorder: name another folder, or stop it"
			  : "%s cannot be locked",
		  path);
	close(folder);
	return -1;
}

#define NAME_LENGTH 32 /* 20240808T235600-66b55c00-000.far; more where a run has 1,000 segments */

static bool hexadecimal(const char *text, size_t length, uint32_t *value)
{
	*value = 0;
	for (size_t i = 0; i < length; i++) {
		char letter = text[i];
		bool digit = letter >= '0' && letter <= '9';
		if (!digit && (letter < 'a' || letter > 'f'))
			return false;
		*value = *value << 4 | (uint32_t)(digit ? letter - '0' : letter - 'a' + 10);
	}
	return true;
}

bool recording_segment_named(const char *name, int64_t *start_ns, uint32_t *run)
{
	char time[UTC_TEXT_MAX];
	size_t length = strlen(name);
	if (length < NAME_LENGTH || length > NAME_LENGTH + 7 || name[8] != 'T' || name[15] != '-' ||
	    name[24] != '-' || strcmp(name + length - 4, ".far") != 0 ||
	    strspn(name + 25, "0123456789") != length - 29 || !hexadecimal(name + 16, 8, run))
		return false;
	snprintf(time, sizeof(time), "%.4s-%.2s-%.5s:%.2s:%.2sZ", name, name + 4, name + 6,
		 name + 11, name + 13);
	return utc_parse(time, strlen(time), start_ns);
}

uint64_t recording_folder_bytes(const char *path, uint32_t run)
{
	uint64_t bytes = 0;
	DIR *folder = opendir(path);
	if (!folder)
		return 0;
	for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		struct stat status;
		int64_t start_ns;
		uint32_t of;
		if (recording_segment_named(entry->d_name, &start_ns, &of) && of == run &&
		    fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    status.st_size > 0)
			bytes += (uint64_t)status.st_size;
	}
	closedir(folder);
	return bytes;
}

size_t recording_folder_prune(const char *path, int64_t before_ns, struct error *err)
{
	size_t deleted = 0;
	DIR *folder = opendir(path);
	if (!folder)
		return 0;
	for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		int64_t start_ns;
		uint32_t run;
		if (!recording_segment_named(entry->d_name, &start_ns, &run) ||
		    start_ns > before_ns - NS_PER_HOUR)
			continue;
		if (unlinkat(dirfd(folder), entry->d_name, 0) == 0)
			deleted++;
		else
			error_set(err, ERROR_IO, "%s/%s cannot be deleted: %s", path, entry->d_name,
				  strerror(errno));
	}
	closedir(folder);
	return deleted;
}
