/* SPDX-License-Identifier: Apache-2.0 */
/* For the targets that read YAML. */
#ifndef BEDNET_TESTS_FUZZ_LIBFYAML_H
#define BEDNET_TESTS_FUZZ_LIBFYAML_H

const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 loses 2 KiB over a scalar of dozens of doubled quotes; that is not ours to mend. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so\n";
}

#endif
