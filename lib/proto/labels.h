/* SPDX-License-Identifier: ISC */
#ifndef SS_LABELS_H
#define SS_LABELS_H

/*
 * Every label that enters a hash, a key derivation or a signature, so that
 * no two uses can be confused.  Used without a terminating zero; no label is
 * the beginning of another one that is followed by free text.
 *                                                  docs/protocol.md, 3
 */
#define SS_VERSION 1

#define SS_LABEL_FINGERPRINT   "SecretSocket-v1 fingerprint"
#define SS_LABEL_CHECKSUM      "SecretSocket-v1 public key checksum"
#define SS_LABEL_LAB_FINGERPRINT "SecretSocket-v1 lab fingerprint"
#define SS_LABEL_LAB_CHECKSUM  "SecretSocket-v1 lab key checksum"
#define SS_LABEL_LAB_SEED      "SecretSocket-v1 lab seed"
#define SS_LABEL_PROLOGUE      "SecretSocket-v1 handshake"
#define SS_LABEL_PSK           "SecretSocket-v1 psk"
#define SS_LABEL_ROOT          "SecretSocket-v1 session root"
#define SS_LABEL_CHAIN_FIRST   "SecretSocket-v1 session chain"
#define SS_LABEL_CHAIN_INIT    "SecretSocket-v1 initiator chain"
#define SS_LABEL_CHAIN_RESP    "SecretSocket-v1 responder chain"
#define SS_LABEL_RATCHET       "SecretSocket-v1 ratchet"
#define SS_LABEL_EPOCH         "SecretSocket-v1 epoch"
#define SS_LABEL_EPOCH_ID      "SecretSocket-v1 epoch id"
#define SS_LABEL_EPOCH_MAC     "SecretSocket-v1 epoch mac"
#define SS_LABEL_EPOCH_AEAD    "SecretSocket-v1 epoch aead"
#define SS_LABEL_SIGNED_TRANSCRIPT "SecretSocket-v1 signed transcript"
#define SS_LABEL_SIGNED_COMMITMENT "SecretSocket-v1 signed commitment"
#define SS_LABEL_SIGNED_BLIND      "SecretSocket-v1 signed blind"
#define SS_LABEL_SIGNED_KEYS       "SecretSocket-v1 signed keys"
#define SS_LABEL_SIGNED_RESPONDER  "SecretSocket-v1 signed by the responder"
#define SS_LABEL_SIGNED_INITIATOR  "SecretSocket-v1 signed by the initiator"
#define SS_LABEL_SIGN_KEY_ONLY     "SecretSocket-v1 sign-key-only"
#define SS_LABEL_HPKE          "SecretSocket-v1 hpke info"
#define SS_LABEL_HPKE_SECRET   "SecretSocket-v1 hpke secret"
#define SS_LABEL_RSA           "SecretSocket-v1 rsa label"
#define SS_LABEL_RSA_SIGNED    "SecretSocket-v1 rsa signature"
#define SS_LABEL_RSA_CHECKSUM  "SecretSocket-v1 rsa secret checksum"
#define SS_LABEL_RSA_REJECT    "SecretSocket-v1 rsa reject"
#define SS_LABEL_QKD           "SecretSocket-v1 qkd"
#define SS_LABEL_QKD_SIGNED    "SecretSocket-v1 signed qkd"
#define SS_LABEL_PREKEY            "SecretSocket-v1 signed prekey"
#define SS_LABEL_X3DH_SECRET       "SecretSocket-v1 x3dh secret"
#define SS_LABEL_X3DH_TRANSCRIPT   "SecretSocket-v1 x3dh transcript"
#define SS_LABEL_X3DH_CHOICE       "SecretSocket-v1 x3dh choice"
#define SS_LABEL_X3DH_KEYS         "SecretSocket-v1 x3dh keys"
#define SS_LABEL_LOGIN         "SecretSocket-v1 relay login"
#define SS_LABEL_QKD_SHUFFLE    "SecretSocket-v1 qkd shuffle"
#define SS_LABEL_TLS_EXPORTER  "EXPORTER-Channel-Binding" /* RFC 9266 */

#endif
