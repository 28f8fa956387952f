/* Values that are allowed each on its own, but not together. */
#ifndef FUNDARB_CONFIG_CONTRADICTIONS_H
#define FUNDARB_CONFIG_CONTRADICTIONS_H

#include "config/schema.h"

/*
 * The first contradiction in the order of the table, with both figures, the line of the later of
 * the two keys, and why; false and err if there is one. lines[i]: where CONFIG_KEYS[i] of a fixed
 * section was given, 0 = its default.
 */
bool config_agrees(const struct config *config, const int *lines, struct error *err);

#endif
