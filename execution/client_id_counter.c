#include "execution/client_id_counter.h"

#include "core/base/decimal.h"
#include "exchanges/exchange_client.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file is one line, the first id that was never reserved: "fundarb-client-ids 4001\n". */
#define MAGIC		"fundarb-client-ids "
#define LINE_MAX_LENGTH 64

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

static bool read_reservation(int file, const char *path, uint32_t *end, struct error *err)
{
	char line[LINE_MAX_LENGTH];
	ssize_t length = pread(file, line, sizeof(line) - 1, 0);
	if (length < 0)
		return error_set(err, ERROR_IO, "%s: cannot be read: %s", path, strerror(errno));
	if (length == 0) {
		*end = 1;
		return true;
	}
	line[length] = '\0';
	size_t prefix = strlen(MAGIC);
	int64_t value = 0;
	if ((size_t)length <= prefix + 1 || memcmp(line, MAGIC, prefix) != 0 ||
	    line[length - 1] != '\n' ||
	    decimal_parse_i64(line + prefix, (size_t)length - prefix - 1, 0, &value) !=
		    DECIMAL_OK ||
	    value < 1 || value > (int64_t)CLIENT_ID_MAX + 1)
		return error_set(err, ERROR_INPUT,
				 "%s: damaged counter of client order ids; ids must never repeat: "
				 "restore it, or write a number above every id ever sent",
				 path);
	*end = (uint32_t)value;
	return true;
}

struct client_id_counter *client_id_counter_open(const char *directory, struct error *err)
{
	if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
		error_set(err, ERROR_IO, "%s: state directory cannot be made: %s", directory,
			  strerror(errno));
		return NULL;
	}
	char path[512];
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
	counter->folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	counter->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (counter->folder < 0 || counter->file < 0) {
		error_set(err, ERROR_IO, "%s: cannot be opened: %s", path, strerror(errno));
		client_id_counter_close(counter);
		return NULL;
	}
	if (!read_reservation(counter->file, path, &counter->reserved_end, err)) {
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
