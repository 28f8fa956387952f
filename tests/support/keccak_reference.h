/*
 * Keccak-256 a second time, bit by bit from the definition (FIPS 202 §3.2, padding 10*1), with its
 * constants computed: slow, and shares nothing with core/base/keccak256.
 */
#ifndef FUNDARB_TESTS_SUPPORT_KECCAK_REFERENCE_H
#define FUNDARB_TESTS_SUPPORT_KECCAK_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

void keccak_reference(const uint8_t *bytes, size_t length, uint8_t out[32]);

#endif
