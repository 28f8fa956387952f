#include "src/import/csv_row.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"

#include <string.h>

bool csv_row_split(struct csv_row *row, const char *line, size_t length)
{
	const char *end = line + length;
	row->columns = 0;
	for (;;) {
		const char *comma = memchr(line, ',', (size_t)(end - line));
		const char *stop = comma != NULL ? comma : end;
		if (row->columns == CSV_COLUMNS_MAX)
			return false;
		row->text[row->columns] = line;
		row->length[row->columns++] = (size_t)(stop - line);
		if (comma == NULL)
			return true;
		line = comma + 1;
	}
}

bool csv_row_text(const struct csv_row *row, size_t column, char *buffer, size_t size)
{
	if (row->length[column] == 0 || row->length[column] >= size)
		return false;
	memcpy(buffer, row->text[column], row->length[column]);
	buffer[row->length[column]] = '\0';
	return true;
}

#define YEAR_2261_MS INT64_C(9183110400000)

bool csv_row_time(const struct csv_row *row, size_t column, int64_t *ns)
{
	int64_t ms;
	if (decimal_parse_i64(row->text[column], row->length[column], 0, &ms) != DECIMAL_OK ||
	    ms <= 0 || ms >= YEAR_2261_MS)
		return false;
	*ns = ms * NS_PER_MS;
	return true;
}
