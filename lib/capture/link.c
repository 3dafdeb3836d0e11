/* SPDX-License-Identifier: ISC */
#include "net.h"

/* https://www.tcpdump.org/linktypes.html */
enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_BSD = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276,
};

enum {
	ETHER_IPV4 = 0x0800,
	ETHER_IPV6 = 0x86dd,
	ETHER_VLAN = 0x8100,
	ETHER_QINQ = 0x88a8,
	ETHER_QINQ_OLD = 0x9100,
};

/* An EtherType stands at offset type, its payload at offset payload. */
static int
ether(const uint8_t **ip, size_t *len, const struct ss_packet *p, size_t type,
    size_t payload)
{
	unsigned proto;

	if (p->len < payload)
		return -1;
	for (;;) {
		proto = (unsigned)(p->at[type] << 8 | p->at[type + 1]);
		if (proto != ETHER_VLAN && proto != ETHER_QINQ &&
		    proto != ETHER_QINQ_OLD)
			break;
		/* a tag: 2 bytes of it, then the type of what it wraps */
		type = payload + 2;
		payload += 4;
		if (p->len < payload)
			return -1;
	}
	*ip = p->at + payload;
	*len = p->len - payload;
	return proto == ETHER_IPV4 || proto == ETHER_IPV6;
}

/* 4 bytes of address family, for NULL in the capturing machine's order. */
static int
loopback(const uint8_t **ip, size_t *len, const struct ss_packet *p)
{
	unsigned family;

	if (p->len < 4)
		return -1;
	family = p->at[0] | p->at[1] | p->at[2] | p->at[3];
	*ip = p->at + 4;
	*len = p->len - 4;
	/* AF_INET is 2 everywhere, AF_INET6 10, 24, 28 or 30 */
	return family == 2 || family == 10 || family == 24 || family == 28 ||
	    family == 30;
}

int
ss_link_strip(const uint8_t **ip, size_t *len, const struct ss_packet *p)
{
	switch (p->link) {
	case LINK_NULL:
	case LINK_LOOP:
		return loopback(ip, len, p);
	case LINK_ETHERNET: /* to 6, from 6, type 2 */
		return ether(ip, len, p, 12, 14);
	case LINK_SLL: /* kind 2, hardware 2, length 2, address 8, type 2 */
		return ether(ip, len, p, 14, 16);
	case LINK_SLL2: /* type 2, ..., 20 in all */
		return ether(ip, len, p, 0, 20);
	case LINK_RAW:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
	case LINK_IPV4:
	case LINK_IPV6:
		*ip = p->at;
		*len = p->len;
		return 1;
	default:
		return -1;
	}
}
