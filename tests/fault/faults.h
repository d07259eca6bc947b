/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that fails on demand: replaces malloc and its kin, and mmap, for the whole executable, the modules
 * and their libraries included. Counts blocks that live. The thread that arms is "here"; what it does while
 * nothing is armed never fails.
 */
#ifndef BEDNET_TESTS_FAULT_FAULTS_H
#define BEDNET_TESTS_FAULT_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

enum faults_scope {
    FAULTS_HERE,     /* the thread that arms */
    FAULTS_ELSEWHERE /* all others */
};

enum faults_mode {
    FAULTS_ONE, /* the n-th fails */
    FAULTS_FROM /* the n-th and all after it */
};

/* From now on. With n 0 nothing fails, and allocations are counted. */
void faults_arm(enum faults_scope scope, enum faults_mode mode, size_t n);

/* Ends it; how many allocations were asked for meanwhile within the scope. */
size_t faults_disarm(void);

/* True while an allocation of the thread that asks may be the next to fail, or is counted. */
bool faults_are_due(void);

/* Prints to stderr who asked for the first allocation that failed since the last faults_arm. */
void faults_print_place(void);

/* Blocks that were allocated and not freed, by all threads. */
size_t faults_live(void);

/*
 * From now on, what the mapped library of that name asks for neither fails nor is counted by arm. NULL ends
 * that. False where no such library is mapped.
 */
bool faults_spare(const char *library);

#endif
