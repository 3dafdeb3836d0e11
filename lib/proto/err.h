/* SPDX-License-Identifier: ISC */
#ifndef SS_ERR_H
#define SS_ERR_H

/*
 * Every way in which bytes are refused, and the few ways in which the system
 * around us fails.  The number is the one that people see: SS_ERR_AUTH is
 * 103 and prints as "SS-E103".  1xx: the bytes were refused, exit status 1.
 * 2xx: usage or system trouble, exit status 2.        docs/protocol.md, 12
 */
enum ss_err {
	SS_OK = 0,

	SS_ERR_TRUNCATED = 101, /* the input ends inside a record or stream */
	SS_ERR_FORMAT = 102,    /* not what it should be at all */
	SS_ERR_AUTH = 103,      /* every failure of a tag, MAC or signature */
	SS_ERR_VERSION = 104,   /* of a format this program does not know */
	SS_ERR_LENGTH = 105,    /* a length outside what the format allows */
	SS_ERR_SEQUENCE = 106,  /* a record is missing, doubled, swapped */
	SS_ERR_REPLAY = 107,    /* an epoch that was received before */
	SS_ERR_CHAIN = 108,     /* an epoch is missing inside a stream */
	SS_ERR_FOREIGN = 109,   /* for somebody else, or of another session */
	SS_ERR_REFLECTED = 110, /* our own record came back */
	SS_ERR_SKIPPED = 111,   /* more than 1,024 epochs would be skipped */
	SS_ERR_LAB = 112,       /* made by an insecure lab profile */
	SS_ERR_EMPTY = 113,     /* no input at all */
	SS_ERR_ARMOR = 114,     /* damaged armor */
	SS_ERR_KEY = 115,       /* key file damaged or incomplete */
	SS_ERR_HALF = 116,      /* the public half where the secret is needed,
	                         * or the other way round */
	SS_ERR_SUITE = 117,     /* family, mode or AEAD is not the agreed one */
	SS_ERR_LOWORDER = 118,  /* a key exchange that yields zero */
	SS_ERR_PERMISSION = 119, /* a secret file that others can read */
	SS_ERR_PASSPHRASE = 120, /* wrong passphrase */
	SS_ERR_ORDER = 121,     /* data before the epoch that it needs */
	SS_ERR_DIRECTION = 122, /* this session cannot send (or receive) */
	SS_ERR_UNFINISHED = 123, /* a stream began before the last one ended */
	SS_ERR_PEER = 124,      /* the peer is not whom we meant */
	SS_ERR_SPENT = 125,     /* a handshake state or session used up */
	SS_ERR_NONAME = 126,    /* the relay does not know the name */
	SS_ERR_PIN = 127,       /* the relay's certificate is another */
	SS_ERR_LOGIN = 128,     /* the relay refused the login */
	SS_ERR_CAPTURE = 129,   /* capture file damaged or of unknown form */
	SS_ERR_NOSUCH = 130,    /* no record, or field, that was asked for */
	SS_ERR_NOISY = 131,     /* QKD: too many errors, or nothing is left */
	SS_ERR_DIFFER = 132,    /* QKD: the two keys are not the same */

	SS_ERR_USAGE = 201,     /* options and arguments */
	SS_ERR_SYSTEM = 202,    /* files, memory, descriptors */
	SS_ERR_EXISTS = 203,    /* refuses to overwrite a file */
	SS_ERR_BUSY = 204,      /* another process holds the session */
	SS_ERR_NETWORK = 205,   /* connection lost or never made */
	SS_ERR_TIMEOUT = 206,   /* --timeout passed */
	SS_ERR_FULL = 207,      /* the recipient's mailbox is full */
};

#define SS_CHECKED __attribute__((warn_unused_result))

/* One row for each code, in ascending order, ended by code 0. */
struct ss_err_row {
	enum ss_err code;
	const char *phrase; /* lower case, no full stop */
	const char *hint;   /* NULL where no remedy is known */
};
extern const struct ss_err_row ss_err_rows[];

/* ss_strerror - the phrase of a code; never NULL. */
const char *ss_strerror(enum ss_err e);

/* ss_err_hint - the remedy of a code, or NULL. */
const char *ss_err_hint(enum ss_err e);

/* ss_err_exit - the exit status of a code: 0, 1 or 2. */
int ss_err_exit(enum ss_err e);

#endif
