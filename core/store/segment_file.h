/*
 * One segment file, read through a window that slides forward: blocks come out checked, damage is
 * stepped over to the next sound block header.
 */
#ifndef FUNDARB_CORE_STORE_SEGMENT_FILE_H
#define FUNDARB_CORE_STORE_SEGMENT_FILE_H

#include "core/base/error.h"
#include "core/store/recording_format.h"

struct segment_file {
	char *path;
	int fd;
	uint64_t size;	 /* when opened */
	uint64_t offset; /* of the next block */
	uint8_t *window;
	size_t capacity; /* without the slack behind it */
	uint64_t window_offset;
	size_t window_length;
	uint8_t *unpacked; /* a ZLIB block's payload */
	size_t unpacked_capacity;
};

/* A zeroed segment_file may be opened; a closed one keeps its buffers for the next. */
bool segment_file_open(struct segment_file *file, const char *path, struct error *err);
void segment_file_close(struct segment_file *file);
/* Closes and frees the buffers. */
void segment_file_free(struct segment_file *file);

enum segment_read { SEGMENT_OK, SEGMENT_DAMAGED, SEGMENT_END, SEGMENT_FAILED };

/* Reads the segment header at the file's start and moves behind it. DAMAGED: it is not sound;
 * blocks may follow all the same. */
enum segment_read segment_file_header(struct segment_file *file, struct segment_header *header,
				      struct error *err);
struct segment_block {
	struct block_header header;
	const uint8_t
		*payload; /* raw; CURSOR_SLACK readable bytes behind it; until the next call */
};
/*
 * Next block. DAMAGED: *skipped bytes were stepped over (at least 1), call again; *header_sound
 * tells that they were exactly the one block that block->header describes. END: the file is read;
 * bytes behind a footer are not its business. FAILED: the system refused, err says.
 */
enum segment_read segment_file_block(struct segment_file *file, struct segment_block *block,
				     bool *header_sound, uint64_t *skipped, struct error *err);
/* The `length` bytes at `offset` (NULL with err untouched: beyond the end), until the next call. */
const uint8_t *segment_file_bytes(struct segment_file *file, uint64_t offset, size_t length,
				  bool *failed, struct error *err);

#endif
