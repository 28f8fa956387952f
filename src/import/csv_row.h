/* One line of a CSV file, split at its commas. Quotes and blanks inside a field are not known here.
 */
#ifndef FUNDARB_SRC_IMPORT_CSV_ROW_H
#define FUNDARB_SRC_IMPORT_CSV_ROW_H

#include "core/base/int128.h"
#include <stddef.h>

#define CSV_COLUMNS_MAX 16

struct csv_row {
	size_t columns;
	const char *text[CSV_COLUMNS_MAX]; /* into the line, not terminated */
	size_t length[CSV_COLUMNS_MAX];
};

/* False: more than CSV_COLUMNS_MAX columns. */
bool csv_row_split(struct csv_row *row, const char *line, size_t length);
/* False: empty, or longer than size - 1 bytes. */
bool csv_row_text(const struct csv_row *row, size_t column, char *buffer, size_t size);
/* Unix milliseconds as nanoseconds; false: not a whole number of a year 1970..2260. */
bool csv_row_time(const struct csv_row *row, size_t column, int64_t *ns);

#endif
