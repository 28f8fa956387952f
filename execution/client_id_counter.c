#include "execution/client_id_counter.h"

#include "exchanges/exchange_client.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file is one line, the first id that was never reserved: "fundarb-client-ids 4001\n". */
#define MAGIC		"fundarb-client-ids "
#define LINE_MAX_LENGTH 64
#define PATH_LENGTH_MAX 512
#define DIGITS		10

struct client_id_counter {
	int file;
	int folder;
	uint32_t next;
	uint32_t reserved_end; /* ids below it are ours to hand out */
};

static bool write_reservation(struct client_id_counter *counter, uint32_t end)
{
	char line[LINE_MAX_LENGTH];
	int length = snprintf(line, sizeof(line), MAGIC "%010u\n", end);
	/* One sector, rewritten in place, same length: the old or the new line survives. */
	return pwrite(counter->file, line, (size_t)length, 0) == length &&
	       fsync(counter->file) == 0 && fsync(counter->folder) == 0;
}

/* The whole file, to the byte: anything else would be a guess about ids that were sent. */
static bool read_reservation(int file, const char *path, uint32_t *end, struct error *err)
{
	char line[LINE_MAX_LENGTH];
	ssize_t length = pread(file, line, sizeof(line) - 1, 0);
	if (length < 0)
		return error_set(err, ERROR_IO, "%s: cannot be read: %s", path, strerror(errno));
	line[length] = '\0';
	size_t prefix = strlen(MAGIC);
	int64_t value = 0;
	bool sound = (size_t)length == prefix + DIGITS + 1 && memcmp(line, MAGIC, prefix) == 0 &&
		     line[length - 1] == '\n';
	for (size_t i = 0; sound && i < DIGITS; i++) {
		char digit = line[prefix + i];
		sound = digit >= '0' && digit <= '9';
		value = value * 10 + (digit - '0');
	}
	if (!sound || value < 1 || value > (int64_t)CLIENT_ID_MAX + 1)
		return error_set(err, ERROR_INPUT,
				 "%s: damaged counter of client order ids; ids must never repeat: "
				 "restore it, or write a number above every id ever sent",
				 path);
	*end = (uint32_t)value;
	return true;
}

/* A new file appears whole or not at all, so that an empty one is damage, never a beginning. */
static bool create_file(const char *path, int folder, struct error *err)
{
	char fresh[PATH_LENGTH_MAX + 8], line[LINE_MAX_LENGTH];
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	int length = snprintf(line, sizeof(line), MAGIC "%010u\n", 1u);
	int file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = file >= 0 && write(file, line, (size_t)length) == length && fsync(file) == 0;
	if (file >= 0)
		ok = close(file) == 0 && ok;
	/* link refuses to replace a counter that somebody made meanwhile. */
	ok = ok && (link(fresh, path) == 0 || errno == EEXIST) && fsync(folder) == 0;
	if (!ok)
		error_set(err, ERROR_IO, "%s: cannot be made: %s", path, strerror(errno));
	unlink(fresh);
	return ok;
}

static bool open_file(struct client_id_counter *counter, const char *path, struct error *err)
{
	counter->file = open(path, O_RDWR | O_CLOEXEC);
	if (counter->file < 0 && errno == ENOENT) {
		if (!create_file(path, counter->folder, err))
			return false;
		counter->file = open(path, O_RDWR | O_CLOEXEC);
	}
	if (counter->file < 0)
		return error_set(err, ERROR_IO, "%s: cannot be opened: %s", path, strerror(errno));
	if (flock(counter->file, LOCK_EX | LOCK_NB) != 0)
		return error_set(err, ERROR_CONFIGURATION,
				 "%s: another fundarb uses this state directory; give each its own",
				 path);
	return read_reservation(counter->file, path, &counter->reserved_end, err);
}

struct client_id_counter *client_id_counter_open(const char *directory, struct error *err)
{
	if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
		error_set(err, ERROR_IO, "%s: state directory cannot be made: %s", directory,
			  strerror(errno));
		return NULL;
	}
	char path[PATH_LENGTH_MAX];
	if (snprintf(path, sizeof(path), "%s/client_ids", directory) >= (int)sizeof(path)) {
		error_set(err, ERROR_CONFIGURATION, "%s: path of the state directory is too long",
			  directory);
		return NULL;
	}
	struct client_id_counter *counter = calloc(1, sizeof(*counter));
	if (!counter) {
		error_set(err, ERROR_LIMIT, "out of memory");
		return NULL;
	}
	counter->file = -1;
	counter->folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (counter->folder < 0)
		error_set(err, ERROR_IO, "%s: cannot be opened: %s", directory, strerror(errno));
	if (counter->folder < 0 || !open_file(counter, path, err)) {
		client_id_counter_close(counter);
		return NULL;
	}
	/* What an earlier run reserved and may have sent is skipped as a whole. */
	counter->next = counter->reserved_end;
	return counter;
}

void client_id_counter_close(struct client_id_counter *counter)
{
	if (!counter)
		return;
	if (counter->file >= 0)
		close(counter->file);
	if (counter->folder >= 0)
		close(counter->folder);
	free(counter);
}

uint32_t client_id_counter_peek(const struct client_id_counter *counter)
{
	return counter->next;
}

void client_id_counter_begin_at(struct client_id_counter *counter, uint32_t next)
{
	counter->next = next;
	counter->reserved_end = next;
}

uint32_t client_id_counter_next(struct client_id_counter *counter)
{
	if (counter->next >= counter->reserved_end) {
		if (counter->next > CLIENT_ID_MAX - CLIENT_ID_BLOCK)
			return 0;
		uint32_t end = counter->next + CLIENT_ID_BLOCK;
		if (!write_reservation(counter, end))
			return 0;
		counter->reserved_end = end;
	}
	return counter->next++;
}
