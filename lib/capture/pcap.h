/* SPDX-License-Identifier: ISC */
#ifndef SS_PCAP_H
#define SS_PCAP_H

#include "note.h"
#include <stddef.h>

/*
 * Capture files: pcap in its four forms (microseconds or nanoseconds, either
 * byte order) and pcapng.            draft-ietf-opsawg-pcap, -pcapng
 */
#define SS_PACKET_MAX (1 << 20)  /* longer ones are damage */
#define SS_BLOCK_MAX  (16 << 20) /* of pcapng; secrets may be long */

struct ss_packet {
	int64_t ns;    /* since 1970, UTC */
	uint32_t link; /* LINKTYPE_ number of its interface */
	const uint8_t *at;
	size_t len;  /* captured */
	size_t wire; /* what it had on the wire */
};

struct ss_interface {
	uint32_t link, snaplen;
	uint8_t resolution; /* 10^-n seconds; with 0x80: 2^-n */
	int64_t offset;     /* seconds */
};

struct ss_pcap {
	enum { SS_PCAP_UNKNOWN, SS_PCAP_CLASSIC, SS_PCAP_NG } format;
	int swapped; /* its byte order is not big-endian */
	int nano;
	uint32_t link;
	struct ss_interface *interfaces; /* of the pcapng section; owned */
	uint32_t ninterfaces, size;
	uint64_t packets, offset;
	struct ss_notes *notes;
	void (*packet)(void *arg, const struct ss_packet *p);
	/*
	 * NULL, or who copies the file: a classic file's header and packets,
	 * a pcapng file's blocks, each as it stands there.  A packet is told
	 * here first, then to `packet`; p is NULL for what is none.
	 */
	void (*raw)(void *arg, const uint8_t *at, size_t len,
	    const struct ss_packet *p);
	/* lines of an NSS key log, out of a Decryption Secrets Block */
	void (*secrets)(void *arg, const uint8_t *text, size_t len);
	void *arg;
};

/*
 * ss_pcap_push - read all whole packets and blocks at in.
 *
 *   used  out  bytes that were read; the rest must come again, with more
 *
 * SS_OK; SS_ERR_CAPTURE for bytes that are no capture file;
 * SS_ERR_SYSTEM without memory.
 */
SS_CHECKED enum ss_err ss_pcap_push(
    struct ss_pcap *p, const uint8_t *in, size_t len, size_t *used);

void ss_pcap_free(struct ss_pcap *p);

/* pcapng.c: one whole block, or 0 bytes used if it is not whole yet. */
SS_CHECKED enum ss_err ss_pcapng_block(
    struct ss_pcap *p, const uint8_t *in, size_t len, size_t *used);

/* The block types that readers and writers know. */
enum ss_pcapng_type {
	SS_PCAPNG_SECTION = 0x0a0d0d0a,
	SS_PCAPNG_INTERFACE = 1,
	SS_PCAPNG_OLD_PACKET = 2,
	SS_PCAPNG_SIMPLE_PACKET = 3,
	SS_PCAPNG_PACKET = 6,
	SS_PCAPNG_SECRETS = 10,
};
#define SS_PCAPNG_ORDER       0x1a2b3c4d /* byte-order magic */
#define SS_PCAPNG_SECRETS_TLS 0x544c534b /* "TLSK": an NSS key log */
#define SS_PAD4(n)            (((n) + 3) & ~(size_t)3)

/* Numbers in the file's byte order. */
uint32_t ss_pcap_u32(const struct ss_pcap *p, const uint8_t *in);
uint16_t ss_pcap_u16(const struct ss_pcap *p, const uint8_t *in);

#endif
