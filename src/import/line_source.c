#include "src/import/line_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define READ_BYTES (128u << 10)
/* Inflated text is parsed while it is still in the second-level cache. */
#define INFLATE_BYTES (256u << 10)

struct line_source {
	char *path;
	int fd;
	uint64_t size, position;

	bool known_form; /* plain or gzip has been told apart */
	bool gzip;
	bool inflating; /* zlib is set up */
	z_stream zlib;
	unsigned char *raw;
	size_t raw_used, raw_length;
	bool raw_end;

	char *text; /* [at, length) is not yet handed out */
	size_t at, length, capacity;
	bool text_end;
	bool damaged; /* at the end of what could be read */
	char damage[64];

	bool keeping;
	size_t keep_from, keep_bytes;
};

struct line_source *line_source_open(const char *path, struct error *err)
{
	struct line_source *source = calloc(1, sizeof(*source));
	if (source == NULL)
		abort();
	source->path = strdup(path);
	source->raw = malloc(READ_BYTES);
	source->capacity = 2 * INFLATE_BYTES;
	source->text = malloc(source->capacity);
	if (source->path == NULL || source->raw == NULL || source->text == NULL)
		abort();
	source->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	if (source->fd < 0 || fstat(source->fd, &status) != 0) {
		error_set(err, ERROR_IO, "%s: cannot be opened: %s", path, strerror(errno));
		line_source_close(source);
		return NULL;
	}
	if (S_ISDIR(status.st_mode)) {
		error_set(err, ERROR_IO, "%s: is a directory, name the files in it", path);
		line_source_close(source);
		return NULL;
	}
	source->size = S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
	return source;
}

void line_source_close(struct line_source *source)
{
	if (source == NULL)
		return;
	if (source->inflating)
		inflateEnd(&source->zlib);
	if (source->fd > STDIN_FILENO)
		close(source->fd);
	free(source->text);
	free(source->raw);
	free(source->path);
	free(source);
}

static bool read_raw(struct line_source *source, struct error *err)
{
	ssize_t got;
	do
		got = read(source->fd, source->raw, READ_BYTES);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_set(err, ERROR_IO, "%s: cannot be read: %s", source->path,
				 strerror(errno));
	source->raw_used = 0;
	source->raw_length = (size_t)got;
	source->raw_end = got == 0;
	source->position += (uint64_t)got;
	return true;
}

/* Fills raw; at its first bytes tells gzip from text. */
static bool more_raw(struct line_source *source, struct error *err)
{
	if (!read_raw(source, err))
		return false;
	if (source->known_form || source->raw_end)
		return true;
	source->known_form = true;
	/* A pipe may hand over a single byte first; no text begins with this one. */
	source->gzip = source->raw[0] == 0x1f;
	if (source->gzip) {
		if (inflateInit2(&source->zlib, 15 + 16) != Z_OK)
			abort();
		source->inflating = true;
	}
	return true;
}

static void damage(struct line_source *source, const char *what)
{
	source->text_end = true;
	source->damaged = true;
	strncpy(source->damage, what, sizeof(source->damage) - 1);
}

/* Inflates raw into text[length..end). */
static void inflate_some(struct line_source *source, size_t end)
{
	z_stream *zlib = &source->zlib;
	zlib->next_in = source->raw + source->raw_used;
	zlib->avail_in = (unsigned)(source->raw_length - source->raw_used);
	zlib->next_out = (unsigned char *)source->text + source->length;
	zlib->avail_out = (unsigned)(end - source->length);
	int result = inflate(zlib, Z_NO_FLUSH);
	source->raw_used = source->raw_length - zlib->avail_in;
	source->length = end - zlib->avail_out;
	if (result == Z_STREAM_END)
		inflateReset(zlib); /* another member may follow */
	else if (result == Z_MEM_ERROR)
		abort();
	else if (result != Z_OK && result != Z_BUF_ERROR)
		damage(source, "is damaged from here on (gzip)");
}

/* Appends to text what fits below `end`, at least a byte unless the source is at its end. */
static bool more_text(struct line_source *source, size_t end, struct error *err)
{
	size_t before = source->length;
	while (source->length == before && !source->text_end) {
		if (source->raw_used == source->raw_length) {
			if (!more_raw(source, err))
				return false;
			if (source->raw_end) {
				/* Between members nothing has been taken in yet. */
				if (source->gzip && source->zlib.total_in != 0)
					damage(source, "ends in the middle (gzip was cut off)");
				source->text_end = true;
				break;
			}
		}
		if (source->gzip) {
			inflate_some(source, end);
			continue;
		}
		size_t bytes = source->raw_length - source->raw_used;
		if (bytes > end - source->length)
			bytes = end - source->length;
		memcpy(source->text + source->length, source->raw + source->raw_used, bytes);
		source->length += bytes;
		source->raw_used += bytes;
	}
	return true;
}

/* Makes room behind length: by forgetting what was handed out, else by growing. */
static void make_room(struct line_source *source)
{
	size_t keep_from = source->keeping ? source->keep_from : source->at;
	if (keep_from > 0 &&
	    (source->at - keep_from) + (source->length - source->at) + INFLATE_BYTES <=
		    source->capacity) {
		memmove(source->text, source->text + keep_from, source->length - keep_from);
		source->at -= keep_from;
		source->length -= keep_from;
		source->keep_from = 0;
		return;
	}
	if (source->capacity - source->length >= INFLATE_BYTES)
		return;
	source->capacity += source->capacity / 2 + INFLATE_BYTES;
	source->text = realloc(source->text, source->capacity);
	if (source->text == NULL)
		abort();
}

enum line_result line_source_next(struct line_source *source, const char **text, size_t *length,
				  struct error *err)
{
	size_t searched = 0;
	for (;;) {
		char *line = source->text + source->at;
		size_t bytes = source->length - source->at;
		char *end = memchr(line + searched, '\n', bytes - searched);
		if (end != NULL || (source->text_end && !source->damaged && bytes > 0)) {
			size_t whole = end != NULL ? (size_t)(end - line) : bytes;
			source->at += end != NULL ? whole + 1 : whole;
			*text = line;
			*length = whole > 0 && line[whole - 1] == '\r' ? whole - 1 : whole;
			return LINE_READ;
		}
		if (source->text_end) {
			if (!source->damaged)
				return LINE_END;
			error_set(err, ERROR_INPUT, "%s: %s", source->path, source->damage);
			return LINE_DAMAGED;
		}
		if (bytes > LINE_BYTES_MAX) {
			damage(source, "holds a line of more than 16 MiB");
			source->at = source->length;
			searched = 0;
			continue;
		}
		searched = bytes;
		make_room(source);
		/* Small steps: the parser then reads the text while it is still near. */
		if (!more_text(source, source->length + INFLATE_BYTES, err))
			return LINE_FAILED;
	}
}

void line_source_keep(struct line_source *source, size_t bytes)
{
	source->keeping = true;
	source->keep_from = source->at;
	source->keep_bytes = bytes;
}

bool line_source_kept_full(const struct line_source *source)
{
	return source->keeping && source->at - source->keep_from >= source->keep_bytes;
}

void line_source_rewind(struct line_source *source)
{
	source->at = source->keep_from;
	source->keeping = false;
}

uint64_t line_source_position(const struct line_source *source)
{
	return source->position;
}

uint64_t line_source_size(const struct line_source *source)
{
	return source->size;
}
