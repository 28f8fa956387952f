/*
 * The parameters of a request: query strings, application/x-www-form-urlencoded and
 * multipart/form-data bodies (venues/lighter.md §1.2, §1.10), decoded and bounded.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_LIGHTER_SERVICE_FORM_H
#define FUNDARB_EXCHANGES_TESTNET_LIGHTER_SERVICE_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVED_FORM_FIELDS_MAX 24
#define SERVED_FORM_BYTES_MAX  (128 * 1024) /* all names and values of one request, decoded */

/* All zero is empty. Names and values are NUL-terminated; bytes 0 are refused. */
struct served_form {
	struct {
		const char *name, *value;
	} fields[SERVED_FORM_FIELDS_MAX];
	size_t count;
	char *bytes; /* owned */
	size_t used, capacity;
};

void served_form_free(struct served_form *form);
/* "a=1&b=x%2Cy"; adds to what is there. False: malformed, or too much. */
bool served_form_urlencoded(struct served_form *form, const char *text, size_t length);
/* By content type; false also where the type is neither of the two. */
bool served_form_body(struct served_form *form, const char *content_type, const char *body,
		      size_t length);

/* The value, or NULL where there is no such field. The first of two wins. */
const char *served_form_text(const struct served_form *form, const char *name);
enum form_integer { FORM_ABSENT, FORM_VALUE, FORM_WRONG };
/* A decimal integer without blanks, low..high; *out untouched unless FORM_VALUE. */
enum form_integer served_form_integer(const struct served_form *form, const char *name, int64_t low,
				      int64_t high, int64_t *out);
/* The whole text as such an integer. */
bool served_integer(const char *text, int64_t low, int64_t high, int64_t *out);

#endif
