/*
 * Official test vectors, case by case. Each venue's file of cases is run by one function; what a
 * function does not know of is a failure, never a pass.
 */
#ifndef FUNDARB_TESTS_SUPPORT_VECTOR_CASES_H
#define FUNDARB_TESTS_SUPPORT_VECTOR_CASES_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* One case object of the file's "cases". False with a sentence in why: it does not hold, or its
 * kind (op) is unknown. */
typedef bool (*vector_case)(const cJSON *single, char *why, size_t why_size);

bool vector_case_lighter(const cJSON *single, char *why, size_t why_size);     /* member "op" */
bool vector_case_hyperliquid(const cJSON *single, char *why, size_t why_size); /* member "kind" */

/* Bytes of a lower-case hex string; false if it is none or does not have exactly `length` bytes. */
bool vector_hex(const char *hex, unsigned char *out, size_t length);

#endif
