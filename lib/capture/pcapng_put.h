/* SPDX-License-Identifier: ISC */
#ifndef SS_PCAPNG_PUT_H
#define SS_PCAPNG_PUT_H

#include "hold.h"
#include "pcap.h"

/*
 * Blocks of pcapng, appended to a hold, in either byte order: begin, numbers
 * and bytes, end.  0, or -1 without memory; what was begun is then of no use.
 */
struct ss_pcapng_put {
	struct ss_hold *to;
	int little;
	size_t start; /* of the block under way */
	int over;     /* something did not fit */
};
void ss_pcapng_begin(struct ss_pcapng_put *p, uint32_t type);
void ss_pcapng_int(struct ss_pcapng_put *p, uint64_t v, size_t n);
/* bytes, and zeros up to a multiple of 4 */
void ss_pcapng_bytes(struct ss_pcapng_put *p, const void *in, size_t n);
/* an option of less than 64 KiB; code 0 ends them */
void ss_pcapng_option(
    struct ss_pcapng_put *p, uint16_t code, const void *in, size_t n);
int ss_pcapng_end(struct ss_pcapng_put *p);

/* A number written into a block that is there. */
void ss_pcapng_set(uint8_t *at, uint64_t v, size_t n, int little);

#endif
