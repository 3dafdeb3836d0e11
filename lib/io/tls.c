/* SPDX-License-Identifier: ISC */
#include "tls.h"

#include "../proto/labels.h"
#include "file.h"
#include "io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Subject alternative names: "DNS:localhost,IP:127.0.0.1". */
static void
alt_names(char *out, size_t size, const char *const *names)
{
	struct in6_addr any;
	size_t len = 0;

	out[0] = '\0';
	for (; *names != NULL && len < size; names++) {
		int ip = inet_pton(AF_INET, *names, &any) == 1 ||
		    inet_pton(AF_INET6, *names, &any) == 1;
		int n = snprintf(out + len, size - len, "%s%s:%s",
		    len ? "," : "", ip ? "IP" : "DNS", *names);

		len += n > 0 ? (size_t)n : 0;
	}
	if (len >= size)
		ss_die(SS_ERR_LENGTH, "names of the certificate");
}

static int
add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	int ok = ext != NULL && X509_add_ext(x, ext, -1);

	X509_EXTENSION_free(ext);
	return ok;
}

static X509 *
certificate_for(EVP_PKEY *key, const char *const *names)
{
	unsigned char serial[16];
	char san[2048];
	X509 *x = X509_new();
	X509_NAME *name;
	BIGNUM *n;
	int ok;

	if (x == NULL)
		return NULL;
	alt_names(san, sizeof san, names);
	ss_random(serial, sizeof serial);
	serial[0] &= 0x7f; /* positive: RFC 5280, 4.1.2.2 */
	n = BN_bin2bn(serial, sizeof serial, NULL);
	name = X509_get_subject_name(x);
	ok = n != NULL &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL &&
	    X509_set_version(x, 2) /* counted from 0: v3 */ &&
	    X509_gmtime_adj(X509_getm_notBefore(x), -3600) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(x), 3650, 0, NULL) != NULL &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	        (const unsigned char *)"SecretSocket relay", -1, -1, 0) &&
	    X509_set_issuer_name(x, name) && X509_set_pubkey(x, key) &&
	    add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_extension(x, NID_subject_alt_name, san) &&
	    X509_sign(x, key, EVP_sha256());
	BN_free(n);
	if (!ok) {
		X509_free(x);
		return NULL;
	}
	return x;
}

static void
save_pem(const char *path, BIO *pem, int mode)
{
	char *data;
	long len = BIO_get_mem_data(pem, &data);
	enum ss_err e = ss_file_replace(path, data, (size_t)len, mode, 1);

	OPENSSL_cleanse(data, (size_t)len);
	if (e != SS_OK)
		ss_die(e, "%s", path);
}

void
xtls_certificate(const char *cert, const char *key, const char *const *names)
{
	BIO *kpem, *cpem;
	EVP_PKEY *pkey;
	X509 *x;

	if (access(cert, F_OK) == 0 && access(key, F_OK) == 0)
		return;
	pkey = EVP_EC_gen("P-256");
	x = pkey != NULL ? certificate_for(pkey, names) : NULL;
	kpem = BIO_new(BIO_s_mem());
	cpem = BIO_new(BIO_s_mem());
	if (x == NULL || kpem == NULL || cpem == NULL ||
	    !PEM_write_bio_PrivateKey(kpem, pkey, NULL, NULL, 0, NULL, NULL) ||
	    !PEM_write_bio_X509(cpem, x)) {
		errno = ENOMEM;
		ss_die(SS_ERR_SYSTEM, "making a certificate");
	}
	/* the certificate last: it is what shows that both are there */
	save_pem(key, kpem, 0600);
	save_pem(cert, cpem, 0644);
	BIO_free(kpem);
	BIO_free(cpem);
	X509_free(x);
	EVP_PKEY_free(pkey);
}

void
xtls_pin_file(char out[static SS_PIN_TEXT], const char *cert)
{
	unsigned char md[SS_PIN_BYTES];
	BIO *in = BIO_new_file(cert, "r");
	X509 *x = in != NULL ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
	size_t i;

	if (x == NULL || !X509_digest(x, EVP_sha256(), md, NULL))
		ss_die(SS_ERR_FORMAT, "%s: certificate", cert);
	for (i = 0; i < sizeof md; i++)
		snprintf(out + 2 * i, 3, "%02x", md[i]);
	X509_free(x);
	BIO_free(in);
}

int
ss_pin_parse(uint8_t out[static SS_PIN_BYTES], const char *text)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *d;
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == ':' && n % 2 == 0)
			continue;
		d = strchr(digits, *text);
		if (d == NULL || n == 2 * SS_PIN_BYTES)
			return -1;
		out[n / 2] = (uint8_t)(out[n / 2] << 4 | ((d - digits) & 15));
		n++;
	}
	return n == 2 * SS_PIN_BYTES ? 0 : -1;
}

void
ss_tls_harden(SSL_CTX *ctx)
{
	SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION);
	SSL_CTX_set_options(ctx,
	    SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
	        SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
}

static int keylog_fd = -1;

/* One write for each line: several processes may share the file. */
static void
keylog_line(const SSL *ssl, const char *line)
{
	char buf[512];
	int n = snprintf(buf, sizeof buf, "%s\n", line);

	(void)ssl;
	if (n > 0 && (size_t)n < sizeof buf &&
	    ss_write_full(keylog_fd, buf, (size_t)n) != 0)
		ss_warn("the TLS key log cannot be written");
	OPENSSL_cleanse(buf, sizeof buf);
}

void
xtls_keylog(SSL_CTX *ctx, const char *path)
{
	static const char notice[] =
	    "# TLS secrets: whoever reads this file can decrypt captures of "
	    "these connections\n";
	struct stat st;

	if (path == NULL)
		return;
	if (keylog_fd < 0) {
		keylog_fd = open(path, O_WRONLY | O_CREAT | O_APPEND |
		    O_CLOEXEC, 0600);
		if (keylog_fd < 0)
			ss_die(SS_ERR_SYSTEM, "%s", path);
		if (fstat(keylog_fd, &st) == 0 && st.st_size == 0)
			xwrite_full(keylog_fd, notice, strlen(notice), path);
	}
	SSL_CTX_set_keylog_callback(ctx, keylog_line);
}

int
ss_tls_exporter(uint8_t out[static 32], SSL *ssl)
{
	return SSL_export_keying_material(ssl, out, 32, SS_LABEL_TLS_EXPORTER,
	           strlen(SS_LABEL_TLS_EXPORTER), NULL, 0, 0) == 1 ? 0 : -1;
}
