/* Expected figures come from an implementation of the two published algorithms in another language.
 */
#include "core/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void the_state_1_2_3_4_gives_the_published_numbers(void **state)
{
	(void)state;
	static const uint64_t EXPECTED[10] = {
		11520,
		0,
		1509978240,
		1215971899390074240,
		1216172134540287360,
		607988272756665600,
		UINT64_C(16172922978634559625),
		8476171486693032832,
		UINT64_C(10595114339597558777),
		2904607092377533576,
	};
	struct random random = {.state = {1, 2, 3, 4}};
	for (size_t i = 0; i < 10; i++)
		assert_true(random_u64(&random) == EXPECTED[i]);
}

static void a_seed_gives_the_same_numbers_everywhere(void **state)
{
	(void)state;
	static const struct {
		uint64_t seed, first[4], thousandth;
	} CASES[] = {
		{0,
		 {0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c},
		 0x7aac8c483a2edd2f},
		{1,
		 {0xb3f2af6d0fc710c5, 0x853b559647364cea, 0x92f89756082a4514, 0x642e1c7bc266a3a7},
		 0xb8517c33c344d153},
		{42,
		 {0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1, 0xecb8ad4703b360a1},
		 0x8de5848c61ab8968},
		{UINT64_MAX,
		 {0x8f5520d52a7ead08, 0xc476a018caa1802d, 0x81de31c0d260469e, 0xbf658d7e065f3c2f},
		 0xc3c93ea5cde434cc},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct random random;
		uint64_t draw = 0;
		random_seed(&random, CASES[i].seed);
		for (size_t j = 0; j < 1000; j++) {
			draw = random_u64(&random);
			if (j < 4)
				assert_true(draw == CASES[i].first[j]);
		}
		assert_true(draw == CASES[i].thousandth);
	}
}

static void draws_that_would_be_unfair_are_thrown_back(void **state)
{
	(void)state;
	static const uint64_t SMALL[12] = {0, 0, 5, 5, 4, 0, 4, 3, 4, 5, 1, 1};
	/* Of 2^64 draws nearly half are thrown back. */
	static const uint64_t LARGE[6] = {3321214725393783200, 7834202072327348384,
					  9072180941210541667, 4975814793210974775,
					  4044606872079424945, 6456516188463038598};
	struct random random;
	random_seed(&random, 42);
	for (size_t i = 0; i < 12; i++)
		assert_true(random_below(&random, 6) == SMALL[i]);
	random_seed(&random, 42);
	for (size_t i = 0; i < 6; i++)
		assert_true(random_below(&random, (UINT64_C(1) << 63) + 1) == LARGE[i]);
	assert_true(random_below(&random, 1) == 0);
}

static void every_number_below_the_bound_comes_about_equally_often(void **state)
{
	(void)state;
	unsigned counts[7] = {0};
	struct random random;
	random_seed(&random, 7);
	for (int i = 0; i < 70000; i++)
		counts[random_below(&random, 7)]++;
	/* Five standard deviations of a fair draw: sqrt(70000 * 1/7 * 6/7) = 92.6. */
	for (size_t i = 0; i < 7; i++)
		assert_in_range(counts[i], 10000 - 463, 10000 + 463);
}

static void both_ends_of_a_range_are_drawn_and_nothing_outside(void **state)
{
	(void)state;
	unsigned counts[5] = {0};
	struct random random;
	random_seed(&random, 3);
	for (int i = 0; i < 1000; i++) {
		int64_t draw = random_between(&random, -2, 2);
		assert_true(draw >= -2 && draw <= 2);
		counts[draw + 2]++;
	}
	for (size_t i = 0; i < 5; i++)
		assert_true(counts[i] > 0);
	assert_true(random_between(&random, 9, 9) == 9);
	assert_true(random_between(&random, INT64_MIN, INT64_MIN) == INT64_MIN);
	bool negative = false, positive = false;
	for (int i = 0; i < 100; i++) {
		int64_t draw = random_between(&random, INT64_MIN, INT64_MAX);
		negative |= draw < 0;
		positive |= draw > 0;
		assert_true(random_between(&random, INT64_MAX - 1, INT64_MAX) >= INT64_MAX - 1);
	}
	assert_true(negative && positive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_1_2_3_4_gives_the_published_numbers),
		cmocka_unit_test(a_seed_gives_the_same_numbers_everywhere),
		cmocka_unit_test(draws_that_would_be_unfair_are_thrown_back),
		cmocka_unit_test(every_number_below_the_bound_comes_about_equally_often),
		cmocka_unit_test(both_ends_of_a_range_are_drawn_and_nothing_outside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
