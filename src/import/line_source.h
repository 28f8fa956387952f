/*
 * Lines of a text file, gzip (also several members in a row) or plain, or of standard input ("-").
 * Memory is bounded: a window of some hundred kilobytes and one line.
 */
#ifndef FUNDARB_SRC_IMPORT_LINE_SOURCE_H
#define FUNDARB_SRC_IMPORT_LINE_SOURCE_H

#include "core/base/error.h"
#include <stddef.h>
#include <stdint.h>

/* A longer line is foreign matter: the source ends there with LINE_DAMAGED. */
#define LINE_BYTES_MAX (16u << 20)

enum line_result {
	LINE_READ,
	LINE_END,
	LINE_DAMAGED, /* gzip cut off or wrong, or a line too long: nothing more can be read */
	LINE_FAILED,  /* the operating system refused */
};

struct line_source;

struct line_source *line_source_open(const char *path, struct error *err);
void line_source_close(struct line_source *source); /* NULL is ignored */

/*
 * The next line without its end (LF or CR LF), valid until the next call. A last line without an
 * end counts. After LINE_DAMAGED and LINE_FAILED err says what.
 */
enum line_result line_source_next(struct line_source *source, const char **text, size_t *length,
				  struct error *err);

/*
 * From here on lines are kept in memory, at most `bytes` of text, so that line_source_rewind can go
 * back to this place. line_source_kept_full: the room is used up, reading on needs a rewind first.
 */
void line_source_keep(struct line_source *source, size_t bytes);
bool line_source_kept_full(const struct line_source *source);
void line_source_rewind(struct line_source *source);

/* Bytes read from the file so far, and its size (0 = unknown): what a progress bar shows. */
uint64_t line_source_position(const struct line_source *source);
uint64_t line_source_size(const struct line_source *source);

#endif
