/* SPDX-License-Identifier: ISC */
#ifndef SS_WIRE_H
#define SS_WIRE_H

#include "bytes.h"
#include "err.h"
#include "trace.h"

/*
 * The wire table: one row for each field of each record type.  It drives the
 * codecs of introducers and handshake records, ss-explain, the dissector and
 * the byte tables of docs/protocol.md.  Data records, the hot path, are coded
 * by hand (data.c) and a test holds them against the table.
 */

#define SS_RECORD_MAX   131072 /* 128 KiB, header included */
#define SS_HEADER_BYTES (2 + 1 + 1 + 4)
#define SS_BODY_MAX     (SS_RECORD_MAX - SS_HEADER_BYTES)
#define SS_TYPE_LAB     0x80   /* top bit of the type */

enum ss_type {
	SS_HANDSHAKE = 1,
	SS_INTRODUCER = 2,
	SS_DATA = 3,
	SS_QUBITS = 4, /* wire_qkd.h */
	SS_QKD = 5,
};

/* Introducer families: where an epoch key comes from. */
enum ss_introducer_family {
	SS_RATCHET = 1,
	SS_WRAP_RSA = 2,
	SS_WRAP_HPKE = 3,
	SS_GROUP = 4,
};

/* Session modes (introducers and handshake flags). */
enum ss_mode {
	SS_MODE_DH = 0,
	SS_MODE_HASH = 1,
	SS_MODE_STATIC = 2,
};

/* The modes of WRAP introducers, with the numbers of RFC 9180. */
enum ss_wrap_mode {
	SS_WRAP_BASE = 0, /* anybody can be the sender */
	SS_WRAP_AUTH = 2,
};

enum ss_kind {
	SS_UINT,  /* big-endian, len bytes */
	SS_BYTES, /* len bytes */
	SS_ENUM,  /* a number with a name in values */
	SS_FLAGS, /* bits, each with a name in values */
	SS_LEN16, /* 2 bytes of length, then so many bytes */
	SS_REST,  /* all that the rows behind it leave over */
};

/* A name for a number; a table of them ends with name == NULL. */
struct ss_name {
	uint32_t value;
	const char *name;
};

#define SS_NOWHERE UINT16_MAX

struct ss_field {
	const char *name;     /* as in a display filter: "epoch_id" */
	const char *label;    /* for people: "Epoch id" */
	const char *sentence; /* what it is, in one sentence */
	const char *spec;     /* section of docs/protocol.md, RFC, ... */
	enum ss_kind kind;
	uint16_t len; /* bytes; 0 for SS_REST and SS_LEN16 */
	enum ss_secrecy secrecy;
	const struct ss_name *values;
	uint16_t at; /* offset in the host struct, or SS_NOWHERE */
};

struct ss_layout {
	const char *name;  /* "data", "ratchet", "handshake" */
	const char *label; /* "Data record" */
	const char *sentence;
	uint8_t type, family; /* family 0: any */
	const struct ss_field *rows;
	size_t nrows;
};

/* ss_layout_find - by name; NULL if there is none. */
const struct ss_layout *ss_layout_find(const char *name);

/* All layouts; the header's own, whose rows stand before every body. */
extern const struct ss_layout ss_layouts[];
extern const size_t ss_nlayouts;
extern const struct ss_layout ss_header_layout;

/* The tables of names that commands print and options take. */
extern const struct ss_name ss_type_names[], ss_introducer_names[],
    ss_mode_names[], ss_wrap_mode_names[], ss_aead_names[], ss_family_names[];
const char *ss_name_of(const struct ss_name *table, uint32_t value);
/* SS_OK and *value; SS_ERR_FORMAT if the table has no such name. */
SS_CHECKED enum ss_err ss_value_of(
    uint32_t *value, const struct ss_name *table, const char *name);

/* The fixed part of each record. */
struct ss_header {
	uint8_t type; /* without the LAB bit */
	uint8_t lab;  /* 0 or 1 */
	uint32_t body; /* bytes that follow */
};

/*
 * ss_header_get - check and read 8 bytes of header.
 *
 * SS_OK; SS_ERR_FORMAT if the magic is missing or the type unknown;
 * SS_ERR_VERSION; SS_ERR_LENGTH if body is 0 or above SS_BODY_MAX.
 * A LAB record is SS_OK here: whoever reads decides.
 */
SS_CHECKED enum ss_err ss_header_get(
    struct ss_header *h, const uint8_t in[static SS_HEADER_BYTES]);
/* type may have the LAB bit */
void ss_header_put(
    uint8_t out[static SS_HEADER_BYTES], uint8_t type, uint32_t body);

/* ss_layout_of - the layout of a whole record, NULL if there is none. */
const struct ss_layout *ss_layout_of(const uint8_t *rec, size_t len);

/* One field, found in one record.  Spans tile the record exactly. */
struct ss_span {
	const struct ss_field *field;
	uint32_t off, len;
};
#define SS_SPANS_MAX 32

/*
 * ss_wire_walk - all fields of one whole record, header first.
 *
 *   spans  out  at most SS_SPANS_MAX; *n of them
 *   rec    in   exactly one record
 *
 * SS_OK; the errors of ss_header_get; SS_ERR_TRUNCATED if the record is
 * shorter than its header says or than its fixed fields need; SS_ERR_LENGTH
 * if bytes are left over; SS_ERR_FORMAT if no layout fits.
 */
SS_CHECKED enum ss_err ss_wire_walk(struct ss_span spans[static SS_SPANS_MAX],
    size_t *n, const uint8_t *rec, size_t len);

/* The value of an SS_REST or SS_LEN16 row in a host struct. */
struct ss_bytes {
	const uint8_t *at;
	size_t len;
};

/*
 * ss_wire_get - decode a whole record into the host struct that the rows'
 * `at` offsets speak of: numbers to uint8_t .. uint64_t of the row's length,
 * bytes to arrays, SS_REST and SS_LEN16 to a struct ss_bytes that points into
 * rec.  Errors as ss_wire_walk.
 */
SS_CHECKED enum ss_err ss_wire_get(void *host, const struct ss_layout *layout,
    const uint8_t *rec, size_t len);

/*
 * ss_wire_put - the reverse: header and body appended to b, the header's
 * length computed.  lab: 1 sets the LAB bit.  SS_ERR_LENGTH if it does not
 * fit.
 */
SS_CHECKED enum ss_err ss_wire_put(struct ss_buf *b,
    const struct ss_layout *layout, int lab, const void *host);

/* ss_wire_offset - where a named field starts in a record of the layout. */
size_t ss_wire_offset(const struct ss_layout *layout, const char *name);

#endif
