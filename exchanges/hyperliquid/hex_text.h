/*
 * Bytes as hexadecimal text, as Hyperliquid writes keys, addresses, hashes and client order ids.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HEX_TEXT_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HEX_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Exactly `length` bytes from text: twice as many hex digits of either case, "0x" before them or
 * not, and nothing else. Digits neither branch nor index, because keys are read here too. False:
 * it is no such text, and `out` holds no byte of it.
 */
bool hex_text_read(const char *text, uint8_t *out, size_t length);

/* "0x", then 2 * length lower-case digits, NUL-ended; out has 2 * length + 3 places. */
void hex_text_write(const uint8_t *bytes, size_t length, char *out);

/* True for "0x" and exactly 2 * length lower-case digits: the only spelling whose hash is known. */
bool hex_text_is_canonical(const char *text, size_t length);

#endif
