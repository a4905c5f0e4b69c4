/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_TESTS_FUZZ_H
#define RECOUNT_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* What a fuzz target defines; libFuzzer and replay.c call it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
