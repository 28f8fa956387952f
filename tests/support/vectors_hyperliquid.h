/*
 * Kinds of Hyperliquid's vectors: each function runs one case (tests/support/vector_cases.h says
 * what its result means). Shared by the two files that hold them.
 */
#ifndef FUNDARB_TESTS_SUPPORT_VECTORS_HYPERLIQUID_H
#define FUNDARB_TESTS_SUPPORT_VECTORS_HYPERLIQUID_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vector_run {
	const cJSON *input;
	const cJSON *expect;
	char *why;
	size_t why_size;
};

/* Always false, so that `return vector_fails(...)` reads well. */
bool vector_fails(const struct vector_run *run, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Text of a member, "" if it has none; a number member as an integer. */
const char *vector_text(const cJSON *object, const char *name);
int64_t vector_integer(const cJSON *object, const char *name);
bool vector_flag(const cJSON *object, const char *name);
/* Length of the bytes of a hex text (0x or not) of at most `size` bytes; -1 if it is none. */
long vector_bytes(const char *hex, uint8_t *out, size_t size);
/* The bytes are those of the expected hex member; else false with a sentence. */
bool vector_expect_bytes(const struct vector_run *run, const char *name, const uint8_t *bytes,
			 size_t length);
bool vector_expect_text(const struct vector_run *run, const char *name, const char *text);
/* The case expects to be refused: true if it was, else false with a sentence. */
bool vector_expect_refusal(const struct vector_run *run, bool refused);

bool vector_hyperliquid_address(const struct vector_run *run);
bool vector_hyperliquid_eip712_domain(const struct vector_run *run);
bool vector_hyperliquid_eip712_type(const struct vector_run *run);
bool vector_hyperliquid_l1_action(const struct vector_run *run);
bool vector_hyperliquid_recover_l1(const struct vector_run *run);
bool vector_hyperliquid_user_signed_action(const struct vector_run *run);
bool vector_hyperliquid_recover_user(const struct vector_run *run);

/* True for an L1 case whose action our own builder has too; such a case runs both ways. */
bool vector_hyperliquid_is_built(const cJSON *single);

#endif
