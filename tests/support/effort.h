/* How much a random test does: all of it in a release build, a part where every step is dear. */
#ifndef FUNDARB_TESTS_SUPPORT_EFFORT_H
#define FUNDARB_TESTS_SUPPORT_EFFORT_H

/*
 * `full` in a release or debug build; a quarter with sanitizers, a tenth under valgrind
 * (at least 1), by $FUNDARB_BUILD and $FUNDARB_UNDER_VALGRIND; a quarter too where another build
 * has run all of it before ($FUNDARB_REPEATED). What is left out is printed:
 * "reduced: 25000 of 100000 `what` (asan)".
 */
unsigned effort(unsigned full, const char *what);

#endif
