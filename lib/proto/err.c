/* SPDX-License-Identifier: ISC */
#include "err.h"
#include <stddef.h>

const struct ss_err_row ss_err_rows[] = {
	{ SS_ERR_TRUNCATED, "the input ends too early",
	    "the end is missing: fetch or copy it again, whole" },
	{ SS_ERR_FORMAT, "not in the expected format", NULL },
	{ SS_ERR_AUTH, "authentication failed",
	    "it was changed on the way, or made with other keys" },
	{ SS_ERR_VERSION, "of a version that this program does not know",
	    "get a newer SecretSocket" },
	{ SS_ERR_LENGTH, "a length outside what the format allows", NULL },
	{ SS_ERR_SEQUENCE, "out of order: something is missing or doubled",
	    "records must come once, in the order in which they were made" },
	{ SS_ERR_REPLAY, "received before",
	    "this was opened already, or somebody plays it back" },
	{ SS_ERR_CHAIN, "does not continue this stream: an epoch is missing",
	    NULL },
	{ SS_ERR_FOREIGN, "belongs to somebody else or to another session",
	    "is this the session that was made with the sender?" },
	{ SS_ERR_REFLECTED, "our own record came back",
	    "you sent this yourself: the other side's session opens it" },
	{ SS_ERR_SKIPPED, "too many epochs are missing before this one",
	    "a session bridges 1,024 lost epochs; make a new session" },
	{ SS_ERR_LAB, "made by an insecure lab profile",
	    "lab records are for experiments and are never opened here" },
	{ SS_ERR_EMPTY, "the input is empty",
	    "did the command before it in the pipe fail?" },
	{ SS_ERR_ARMOR, "damaged armor",
	    "armor is one line of base64 per record; copy whole lines" },
	{ SS_ERR_KEY, "damaged or incomplete key",
	    "restore the file from where you copied it" },
	{ SS_ERR_HALF, "the wrong half of a key pair",
	    "-k takes the secret key file, -p the public key" },
	{ SS_ERR_SUITE, "not the agreed family, pattern, mode or AEAD",
	    "both sides must give the same options" },
	{ SS_ERR_LOWORDER, "the key exchange yields zero",
	    "the peer's key is of low order: a fault or an attack" },
	{ SS_ERR_PERMISSION, "others can read or replace this secret",
	    "it must be a plain file of yours with mode 0600: chmod 600" },
	{ SS_ERR_PASSPHRASE, "wrong or missing passphrase",
	    "it is asked for on the terminal, or read with "
	    "--passphrase-fd" },
	{ SS_ERR_ORDER, "data before the epoch that it needs",
	    "the beginning of the stream is missing" },
	{ SS_ERR_DIRECTION, "this session does not carry data that way",
	    "after a one-way pattern only the initiator sends" },
	{ SS_ERR_UNFINISHED, "a stream ended without its last record",
	    "the sender was interrupted; what came is authentic, "
	    "the rest is lost" },
	{ SS_ERR_PEER, "the peer is not the one that was named",
	    "compare fingerprints over another channel" },
	{ SS_ERR_SPENT, "used up", "start a new handshake" },
	{ SS_ERR_NONAME, "the relay knows no such name",
	    "names are registered at their owner's first connection" },
	{ SS_ERR_PIN, "the relay's certificate is not the expected one",
	    "compare with the pin that ss-relay printed at its start" },
	{ SS_ERR_LOGIN, "the relay refused the login",
	    "the name may be registered to another key" },
	{ SS_ERR_CAPTURE, "not a capture file that can be read", NULL },
	{ SS_ERR_NOSUCH, "nothing there is what was asked for",
	    "ss-explain shows the records and names their fields" },
	{ SS_ERR_NOISY, "too many errors for a secret key",
	    "somebody measures the qubits on their way, or the line is "
	    "bad" },
	{ SS_ERR_DIFFER, "the two keys are still different",
	    "a few errors were missed, which happens; send new qubits" },

	{ SS_ERR_USAGE, "wrong usage", NULL },
	{ SS_ERR_SYSTEM, "system trouble", NULL },
	{ SS_ERR_EXISTS, "the file exists already", "--force overwrites it" },
	{ SS_ERR_BUSY, "another process is using this session", NULL },
	{ SS_ERR_NETWORK, "no connection", NULL },
	{ SS_ERR_TIMEOUT, "time is up", NULL },
	{ SS_ERR_FULL, "the mailbox is full",
	    "mail leaves when its owner receives it" },
	{ SS_OK, "", NULL },
};

static const struct ss_err_row *
row_of(enum ss_err e)
{
	const struct ss_err_row *r = ss_err_rows;

	while (r->code != SS_OK && r->code != e)
		r++;
	return r;
}

const char *
ss_strerror(enum ss_err e)
{
	return e == SS_OK ? "no error" : row_of(e)->phrase;
}

const char *
ss_err_hint(enum ss_err e)
{
	return row_of(e)->hint;
}

int
ss_err_exit(enum ss_err e)
{
	return e == SS_OK ? 0 : e < 200 ? 1 : 2;
}
