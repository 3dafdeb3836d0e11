/* SPDX-License-Identifier: ISC */

/*
 * The numbers that the RFCs print beside the algorithms we use.  They are
 * part of this file, so they are checked everywhere and always.
 */
#include "../../lib/proto/aead.h"
#include "../../lib/proto/dh.h"
#include "../../lib/proto/hash.h"
#include "../../lib/proto/identity.h"
#include "../unit/tap.h"
#include <sodium.h>
#include <stdlib.h>

/* RFC 7748, 5.2: X25519(scalar, u) */
static const struct {
	const char *scalar, *u, *out;
} x25519[] = {
	{ "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
	    "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
	    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
	{ "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
	    "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
	    "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
};

/* RFC 8032, 7.1: secret key, public key, message, signature */
static const struct {
	const char *name, *secret, *public, *msg, *sig;
} ed25519[] = {
	{ "TEST 1",
	    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	    "",
	    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ "TEST 2",
	    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
	    "72",
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ "TEST 3",
	    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
	    "af82",
	    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	{ "TEST 1024",
	    "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
	    "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
	    "08b8b2b733424243760fe426a4b54908632110a66c2f6591eabd3345e3e4eb98"
	    "fa6e264bf09efe12ee50f8f54e9f77b1e355f6c50544e23fb1433ddf73be84d8"
	    "79de7c0046dc4996d9e773f4bc9efe5738829adb26c81b37c93a1b270b20329d"
	    "658675fc6ea534e0810a4432826bf58c941efb65d57a338bbd2e26640f89ffbc"
	    "1a858efcb8550ee3a5e1998bd177e93a7363c344fe6b199ee5d02e82d522c4fe"
	    "ba15452f80288a821a579116ec6dad2b3b310da903401aa62100ab5d1a36553e"
	    "06203b33890cc9b832f79ef80560ccb9a39ce767967ed628c6ad573cb116dbef"
	    "efd75499da96bd68a8a97b928a8bbc103b6621fcde2beca1231d206be6cd9ec7"
	    "aff6f6c94fcd7204ed3455c68c83f4a41da4af2b74ef5c53f1d8ac70bdcb7ed1"
	    "85ce81bd84359d44254d95629e9855a94a7c1958d1f8ada5d0532ed8a5aa3fb2"
	    "d17ba70eb6248e594e1a2297acbbb39d502f1a8c6eb6f1ce22b3de1a1f40cc24"
	    "554119a831a9aad6079cad88425de6bde1a9187ebb6092cf67bf2b13fd65f270"
	    "88d78b7e883c8759d2c4f5c65adb7553878ad575f9fad878e80a0c9ba63bcbcc"
	    "2732e69485bbc9c90bfbd62481d9089beccf80cfe2df16a2cf65bd92dd597b07"
	    "07e0917af48bbb75fed413d238f5555a7a569d80c3414a8d0859dc65a46128ba"
	    "b27af87a71314f318c782b23ebfe808b82b0ce26401d2e22f04d83d1255dc51a"
	    "ddd3b75a2b1ae0784504df543af8969be3ea7082ff7fc9888c144da2af58429e"
	    "c96031dbcad3dad9af0dcbaaaf268cb8fcffead94f3c7ca495e056a9b47acdb7"
	    "51fb73e666c6c655ade8297297d07ad1ba5e43f1bca32301651339e22904cc8c"
	    "42f58c30c04aafdb038dda0847dd988dcda6f3bfd15c4b4c4525004aa06eeff8"
	    "ca61783aacec57fb3d1f92b0fe2fd1a85f6724517b65e614ad6808d6f6ee34df"
	    "f7310fdc82aebfd904b01e1dc54b2927094b2db68d6f903b68401adebf5a7e08"
	    "d78ff4ef5d63653a65040cf9bfd4aca7984a74d37145986780fc0b16ac451649"
	    "de6188a7dbdf191f64b5fc5e2ab47b57f7f7276cd419c17a3ca8e1b939ae49e4"
	    "88acba6b965610b5480109c8b17b80e1b7b750dfc7598d5d5011fd2dcc5600a3"
	    "2ef5b52a1ecc820e308aa342721aac0943bf6686b64b2579376504ccc493d97e"
	    "6aed3fb0f9cd71a43dd497f01f17c0e2cb3797aa2a2f256656168e6c496afc5f"
	    "b93246f6b1116398a346f1a641f3b041e989f7914f90cc2c7fff357876e506b5"
	    "0d334ba77c225bc307ba537152f3f1610e4eafe595f6d9d90d11faa933a15ef1"
	    "369546868a7f3a45a96768d40fd9d03412c091c6315cf4fde7cb68606937380d"
	    "b2eaaa707b4c4185c32eddcdd306705e4dc1ffc872eeee475a64dfac86aba41c"
	    "0618983f8741c5ef68d3a101e8a3b8cac60c905c15fc910840b94c00a0b9d0",
	    "0aab4c900501b3e24d7cdf4663326a3a87df5e4843b2cbdb67cbf6e460fec350"
	    "aa5371b1508f9f4528ecea23c436d94b5e8fcd4f681e30a6ac00a9704a188a03" },
	{ "TEST SHA(abc)",
	    "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
	    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
	    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	    "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
	    "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704" },
};

/* RFC 8439, 2.8.2 (encryption) and A.5 (decryption) */
static const struct {
	const char *name, *key, *nonce, *ad, *text, *sealed;
} chachapoly[] = {
	{ "2.8.2",
	    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
	    "070000004041424344454647",
	    "50515253c0c1c2c3c4c5c6c7",
	    "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
	    "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
	    "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
	    "637265656e20776f756c642062652069742e",
	    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
	    "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
	    "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
	    "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd060"
	    "0691" },
	{ "A.5",
	    "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0",
	    "000000000102030405060708",
	    "f33388860000000000004e91",
	    "496e7465726e65742d4472616674732061726520647261667420646f63756d65"
	    "6e74732076616c696420666f722061206d6178696d756d206f6620736978206d"
	    "6f6e74687320616e64206d617920626520757064617465642c207265706c6163"
	    "65642c206f72206f62736f6c65746564206279206f7468657220646f63756d65"
	    "6e747320617420616e792074696d652e20497420697320696e617070726f7072"
	    "6961746520746f2075736520496e7465726e65742d4472616674732061732072"
	    "65666572656e6365206d6174657269616c206f7220746f206369746520746865"
	    "6d206f74686572207468616e206173202fe2809c776f726b20696e2070726f67"
	    "726573732e2fe2809d",
	    "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb2"
	    "4c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf"
	    "332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855"
	    "9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4"
	    "b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523e"
	    "af4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a"
	    "0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10"
	    "49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29"
	    "a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38" },
};

/* RFC 5869, A.1 to A.3 */
static const struct {
	const char *name, *ikm, *salt, *info, *prk, *okm;
} hkdf[] = {
	{ "A.1",
	    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	    "000102030405060708090a0b0c",
	    "f0f1f2f3f4f5f6f7f8f9",
	    "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
	    "34007208d5b887185865" },
	{ "A.2",
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	    "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	    "404142434445464748494a4b4c4d4e4f",
	    "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
	    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
	    "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
	    "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
	    "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
	    "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	    "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
	    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
	    "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
	    "cc30c58179ec3e87c14c01d5c1f3434f1d87" },
	{ "A.3",
	    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	    "",
	    "",
	    "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
	    "9d201395faa4b61a96c8" },
};

static void
test_x25519(void)
{
	uint8_t k[32], u[32], out[32], want[32];

	for (size_t i = 0; i < sizeof(x25519) / sizeof(x25519[0]); i++) {
		unhex(k, 32, x25519[i].scalar);
		unhex(u, 32, x25519[i].u);
		unhex(want, 32, x25519[i].out);
		is_err(ss_dh(out, k, u), SS_OK, "RFC 7748, 5.2, %zu", i + 1);
		is_bytes(out, want, 32, "RFC 7748, 5.2, %zu: value", i + 1);
	}
}

/* k = u = 9; then again and again k, u = X25519(k, u), k. */
static void
test_x25519_iterated(void)
{
	static const struct {
		int after;
		const char *k;
	} marks[] = {
		{ 1, "422c8e7a6227d7bca1350b3e2bb7279f"
		     "7897b87bb6854b783c60e80311ae3079" },
		{ 1000, "684cf59ba83309552800ef566f2f4d3c"
			"1c3887c49360e3875f2eb94d99532c51" },
		{ 1000000, "7c3911e0ab2586fd864497297e575e6f"
			   "3bc601c0883c30df5f4dd2d24f665424" },
	};
	uint8_t k[32] = { 9 }, u[32] = { 9 }, out[32], want[32];
	int n = 0, failed = 0;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (marks[i].after > 1000 && !getenv("SS_LONG")) {
			skip(1, "a million iterations: SS_LONG=1");
			continue;
		}
		for (; n < marks[i].after; n++) {
			failed |= ss_dh(out, k, u) != SS_OK;
			memcpy(u, k, 32);
			memcpy(k, out, 32);
		}
		unhex(want, 32, marks[i].k);
		is_bytes(k, want, 32, "RFC 7748, 5.2, after %d iterations%s",
		    n, failed ? " (one failed)" : "");
	}
}

static void
test_x25519_agree(void)
{
	uint8_t a[32], b[32], pub_a[32], pub_b[32], want[32], out[32];

	unhex(a, 32,
	    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
	unhex(b, 32,
	    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
	ss_dh_public(pub_a, a);
	ss_dh_public(pub_b, b);
	unhex(want, 32,
	    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
	is_bytes(pub_a, want, 32, "RFC 7748, 6.1: Alice's public key");
	unhex(want, 32,
	    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
	is_bytes(pub_b, want, 32, "RFC 7748, 6.1: Bob's public key");
	unhex(want, 32,
	    "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
	is_err(ss_dh(out, a, pub_b), SS_OK, "RFC 7748, 6.1: Alice agrees");
	is_bytes(out, want, 32, "RFC 7748, 6.1: Alice's shared secret");
	is_err(ss_dh(out, b, pub_a), SS_OK, "RFC 7748, 6.1: Bob agrees");
	is_bytes(out, want, 32, "RFC 7748, 6.1: Bob's shared secret");
}

static void
test_ed25519(void)
{
	static uint8_t msg[1024];
	uint8_t sig[SS_SIGN_BYTES], want[SS_SIGN_BYTES];
	struct ss_identity id;

	for (size_t i = 0; i < sizeof(ed25519) / sizeof(ed25519[0]); i++) {
		const char *name = ed25519[i].name;
		size_t len = unhex(msg, sizeof(msg), ed25519[i].msg);

		memset(&id, 0, sizeof(id));
		unhex(id.ed_seed, 32, ed25519[i].secret);
		unhex(id.pub.ed, 32, ed25519[i].public);
		unhex(want, sizeof(want), ed25519[i].sig);
		ss_identity_sign(sig, msg, len, &id);
		is_bytes(sig, want, sizeof(want), "RFC 8032, 7.1, %s", name);
		is_err(ss_public_verify(sig, msg, len, id.pub.ed), SS_OK,
		    "RFC 8032, 7.1, %s: verifies", name);
		sig[i] ^= 1;
		is_err(ss_public_verify(sig, msg, len, id.pub.ed),
		    SS_ERR_AUTH, "RFC 8032, 7.1, %s: R changed", name);
		sig[i] ^= 1;
		msg[len] ^= 1;
		is_err(ss_public_verify(sig, msg, len + 1, id.pub.ed),
		    SS_ERR_AUTH, "RFC 8032, 7.1, %s: message longer", name);
	}
}

static void
test_chachapoly(void)
{
	uint8_t key[32], nonce[12], ad[16], text[512], sealed[512], out[512];
	struct ss_aead a;

	for (size_t i = 0; i < sizeof(chachapoly) / sizeof(chachapoly[0]);
	     i++) {
		const char *name = chachapoly[i].name;
		size_t adlen = unhex(ad, sizeof(ad), chachapoly[i].ad);
		size_t len = unhex(text, sizeof(text), chachapoly[i].text);
		size_t n = unhex(sealed, sizeof(sealed), chachapoly[i].sealed);

		unhex(key, 32, chachapoly[i].key);
		unhex(nonce, 12, chachapoly[i].nonce);
		ss_aead_init(&a, SS_CHACHAPOLY, key);
		is_err(ss_aead_seal(&a, out, text, len, ad, adlen, nonce),
		    SS_OK, "RFC 8439, %s: seals", name);
		ok(n == len + 16, "RFC 8439, %s: length", name);
		is_bytes(out, sealed, n, "RFC 8439, %s: sealed", name);
		is_err(ss_aead_open(&a, out, sealed, n, ad, adlen, nonce),
		    SS_OK, "RFC 8439, %s: opens", name);
		is_bytes(out, text, len, "RFC 8439, %s: opened", name);
		ss_aead_wipe(&a);
	}
}

static void
test_hkdf(void)
{
	uint8_t ikm[80], salt[80], info[80], prk[32], want[82], out[82];

	for (size_t i = 0; i < sizeof(hkdf) / sizeof(hkdf[0]); i++) {
		size_t ikmlen = unhex(ikm, sizeof(ikm), hkdf[i].ikm);
		size_t saltlen = unhex(salt, sizeof(salt), hkdf[i].salt);
		size_t infolen = unhex(info, sizeof(info), hkdf[i].info);
		size_t len;

		unhex(want, 32, hkdf[i].prk);
		ss_hkdf_extract(prk, salt, saltlen, ikm, ikmlen);
		is_bytes(prk, want, 32, "RFC 5869, %s: PRK", hkdf[i].name);
		len = unhex(want, sizeof(want), hkdf[i].okm);
		ss_hkdf(out, len, salt, saltlen, ikm, ikmlen, info, infolen);
		is_bytes(out, want, len, "RFC 5869, %s: OKM", hkdf[i].name);
	}
}

int
main(void)
{
	if (sodium_init() < 0)
		return 255;
	test_x25519();
	test_x25519_iterated();
	test_x25519_agree();
	test_ed25519();
	test_chachapoly();
	test_hkdf();
	return done_testing();
}
