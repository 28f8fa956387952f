/* What an import tells: per stream, per file, per venue; as text for a person or as JSON. */
#ifndef FUNDARB_SRC_IMPORT_IMPORT_REPORT_H
#define FUNDARB_SRC_IMPORT_IMPORT_REPORT_H

#include "src/import/import.h"
#include <stdio.h>

void import_report_print(const struct import_report *report, FILE *out);
/* Numbers that may pass 2^53 and all decimals are strings. Returns false if memory is out. */
bool import_report_print_json(const struct import_report *report, FILE *out);

#endif
