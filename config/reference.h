/* The schema as pages for people. */
#ifndef FUNDARB_CONFIG_REFERENCE_H
#define FUNDARB_CONFIG_REFERENCE_H

#include "config/config.h"

/* Every key as plain text, for a terminal. */
void config_write_help(FILE *out);

#endif
