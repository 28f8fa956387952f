#include "core/store/segment_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define WINDOW_BYTES ((size_t)1 << 20)

bool segment_file_open(struct segment_file *file, const char *path, struct error *err)
{
	struct stat status;
	file->path = strdup(path);
	if (file->path == NULL)
		return error_set(err, ERROR_LIMIT, "%s: out of memory", path);
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0) {
		error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
		free(file->path);
		file->path = NULL;
		return false;
	}
	if (fstat(file->fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		error_set(err, ERROR_IO, "%s: not a regular file", path);
		segment_file_close(file);
		return false;
	}
	file->size = (uint64_t)status.st_size;
	file->offset = 0;
	file->window_offset = 0;
	file->window_length = 0;
	return true;
}

void segment_file_close(struct segment_file *file)
{
	if (file->path == NULL)
		return;
	close(file->fd);
	free(file->path);
	file->path = NULL;
}

void segment_file_free(struct segment_file *file)
{
	segment_file_close(file);
	free(file->window);
	free(file->unpacked);
	memset(file, 0, sizeof *file);
}

static bool grow(uint8_t **buffer, size_t *capacity, size_t wanted, const char *path,
		 struct error *err)
{
	if (wanted <= *capacity)
		return true;
	uint8_t *grown = realloc(*buffer, wanted + CURSOR_SLACK);
	if (grown == NULL)
		return error_set(err, ERROR_LIMIT, "%s: out of memory for a block of %zu bytes",
				 path, wanted);
	*buffer = grown;
	*capacity = wanted;
	return true;
}

const uint8_t *segment_file_bytes(struct segment_file *file, uint64_t offset, size_t length,
				  bool *failed, struct error *err)
{
	*failed = false;
	if (offset > file->size || length > file->size - offset)
		return NULL;
	if (offset >= file->window_offset &&
	    offset + length <= file->window_offset + file->window_length)
		return file->window + (offset - file->window_offset);
	size_t wanted = length > WINDOW_BYTES ? length : WINDOW_BYTES;
	if (!grow(&file->window, &file->capacity, wanted, file->path, err)) {
		*failed = true;
		return NULL;
	}
	/* What the window holds of it already is moved, not read again. */
	size_t kept = 0;
	if (offset >= file->window_offset && offset < file->window_offset + file->window_length) {
		kept = (size_t)(file->window_offset + file->window_length - offset);
		memmove(file->window, file->window + (offset - file->window_offset), kept);
	}
	file->window_offset = offset;
	file->window_length = kept;
	while (file->window_length < length) {
		ssize_t got = pread(file->fd, file->window + file->window_length,
				    file->capacity - file->window_length,
				    (off_t)(offset + file->window_length));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			error_set(err, ERROR_IO, "%s: cannot read at byte %llu: %s", file->path,
				  (unsigned long long)(offset + file->window_length),
				  got < 0 ? strerror(errno) : "the file became shorter");
			*failed = true;
			return NULL;
		}
		file->window_length += (size_t)got;
	}
	memset(file->window + file->window_length, 0, CURSOR_SLACK);
	return file->window;
}

enum segment_read segment_file_header(struct segment_file *file, struct segment_header *header,
				      struct error *err)
{
	bool failed;
	const uint8_t *bytes = segment_file_bytes(file, 0, SEGMENT_HEADER_BYTES, &failed, err);
	if (failed)
		return SEGMENT_FAILED;
	if (bytes == NULL || !segment_header_read(bytes, header))
		return SEGMENT_DAMAGED;
	file->offset = SEGMENT_HEADER_BYTES;
	return SEGMENT_OK;
}

/* Moves offset to the next sound block header behind it, or to the end of the file. */
static enum segment_read step_over(struct segment_file *file, struct error *err)
{
	uint64_t at = file->offset + 1;
	while (at + BLOCK_HEADER_BYTES <= file->size) {
		size_t length =
			file->size - at < WINDOW_BYTES ? (size_t)(file->size - at) : WINDOW_BYTES;
		bool failed;
		const uint8_t *bytes = segment_file_bytes(file, at, length, &failed, err);
		if (bytes == NULL)
			return SEGMENT_FAILED;
		size_t from = 0;
		while (from + BLOCK_HEADER_BYTES <= length) {
			from += block_magic_search(bytes + from, length - from);
			struct block_header header;
			if (from + BLOCK_HEADER_BYTES > length)
				break;
			if (block_header_read(bytes + from, &header)) {
				file->offset = at + from;
				return SEGMENT_OK;
			}
			from++;
		}
		at += length - BLOCK_HEADER_BYTES + 1;
	}
	file->offset = file->size;
	return SEGMENT_OK;
}

static bool unpack(struct segment_file *file, const struct block_header *header,
		   const uint8_t *stored)
{
	uLongf length = header->raw_bytes;
	struct error ignored;
	if (!grow(&file->unpacked, &file->unpacked_capacity, (size_t)header->raw_bytes + 1,
		  file->path, &ignored))
		return false;
	if (uncompress(file->unpacked, &length, stored, header->stored_bytes) != Z_OK ||
	    length != header->raw_bytes)
		return false;
	memset(file->unpacked + length, 0, CURSOR_SLACK);
	return true;
}

enum segment_read segment_file_block(struct segment_file *file, struct segment_block *block,
				     bool *header_sound, uint64_t *skipped, struct error *err)
{
	*header_sound = false;
	if (file->offset >= file->size)
		return SEGMENT_END;
	uint64_t start = file->offset;
	bool failed;
	const uint8_t *bytes = segment_file_bytes(file, start, BLOCK_HEADER_BYTES, &failed, err);
	if (failed)
		return SEGMENT_FAILED;
	if (bytes != NULL && block_header_read(bytes, &block->header)) {
		const struct block_header *header = &block->header;
		size_t whole = BLOCK_HEADER_BYTES + (size_t)header->stored_bytes;
		bytes = segment_file_bytes(file, start, whole, &failed, err);
		if (failed)
			return SEGMENT_FAILED;
		if (bytes != NULL) {
			/* The lengths are vouched for by the header's own checksum. */
			file->offset = start + whole;
			*skipped = whole;
			*header_sound = true;
			const uint8_t *stored = bytes + BLOCK_HEADER_BYTES;
			if (recording_crc(stored, header->stored_bytes) != header->payload_crc)
				return SEGMENT_DAMAGED;
			block->payload = stored;
			if (header->codec == 0)
				return SEGMENT_OK;
			if (!unpack(file, header, stored))
				return SEGMENT_DAMAGED;
			block->payload = file->unpacked;
			return SEGMENT_OK;
		}
	}
	if (step_over(file, err) == SEGMENT_FAILED)
		return SEGMENT_FAILED;
	*skipped = file->offset - start;
	return SEGMENT_DAMAGED;
}
