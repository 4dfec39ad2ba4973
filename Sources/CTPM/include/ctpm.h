#ifndef WATTSEAL_CTPM_H
#define WATTSEAL_CTPM_H

#include <stddef.h>
#include <stdint.h>

// The few TPM 2.0 commands that sealing needs, over tpm2-tss' ESAPI. The libraries are loaded when a TPM is first opened, so a
// device without one needs none of them.
//
// Each call returns 0, a TSS2_RC, or one of the codes below. A handle that a call made is flushed by ctpm_flush; nothing is
// flushed by itself. SHA-256 throughout; PCR sets are bit masks of PCR 0 to 23.

struct ctpm;

/// A library or one of its functions is missing.
#define CTPM_NO_LIBRARY 0xF0000001u
/// The TPM has no SHA-256 bank for this PCR.
#define CTPM_NO_BANK 0xF0000002u
/// An answer or an argument does not fit.
#define CTPM_SIZE 0xF0000003u
/// No memory.
#define CTPM_MEMORY 0xF0000004u

#define CTPM_DIGEST 32
/// A name with SHA-256: the algorithm's two bytes, and a digest.
#define CTPM_NAME 34
/// The most that a sealed object holds.
#define CTPM_SECRET 128
/// The most bytes of a marshalled public or private part.
#define CTPM_BLOB 2048

/// Opens the TPM that a TCTI string names, as `device:/dev/tpmrm0` or `swtpm:host=127.0.0.1,port=2321`.
uint32_t ctpm_open(const char *tcti, struct ctpm **tpm);

void ctpm_close(struct ctpm *tpm);

uint32_t ctpm_flush(struct ctpm *tpm, uint32_t handle);

/// The storage primary of the owner hierarchy (P-256, AES-128), the same each time until the TPM is cleared.
uint32_t ctpm_storage_primary(struct ctpm *tpm, uint32_t *handle, uint8_t name[CTPM_NAME]);

/// A policy session, salted to the primary; what the TPM answers in it is encrypted on the bus.
uint32_t ctpm_policy_session(struct ctpm *tpm, uint32_t primary, uint32_t *session);

/// PolicyPCR with the values of the present.
uint32_t ctpm_policy_pcr(struct ctpm *tpm, uint32_t session, uint32_t pcrs);

/// Loads a P-256 verifying key and tells its name.
uint32_t ctpm_load_verifier(
    struct ctpm *tpm, const uint8_t x[32], const uint8_t y[32], uint32_t *handle, uint8_t name[CTPM_NAME]);

/// PolicyAuthorize without a reference: the TPM checks the verifier's ECDSA signature (r, s) of `signed_digest`, which is the
/// SHA-256 of the approved policy.
uint32_t ctpm_policy_authorize(
    struct ctpm *tpm, uint32_t session, uint32_t verifier, const uint8_t approved[CTPM_DIGEST],
    const uint8_t signed_digest[CTPM_DIGEST], const uint8_t r[32], const uint8_t s[32]);

/// Seals a secret under a policy. On entry the sizes are the buffers'; the secret is encrypted on the bus.
uint32_t ctpm_seal(
    struct ctpm *tpm, uint32_t primary, const uint8_t policy[CTPM_DIGEST], const uint8_t *secret, size_t secret_size,
    uint8_t *public_part, size_t *public_size, uint8_t *private_part, size_t *private_size);

uint32_t ctpm_load(
    struct ctpm *tpm, uint32_t primary, const uint8_t *public_part, size_t public_size, const uint8_t *private_part,
    size_t private_size, uint32_t *handle);

uint32_t ctpm_unseal(struct ctpm *tpm, uint32_t object, uint32_t session, uint8_t *secret, size_t *secret_size);

uint32_t ctpm_read_pcr(struct ctpm *tpm, uint32_t pcr, uint8_t value[CTPM_DIGEST]);

uint32_t ctpm_extend_pcr(struct ctpm *tpm, uint32_t pcr, const uint8_t digest[CTPM_DIGEST]);

/// Overwrites memory in a way that no compiler leaves out.
void ctpm_erase(void *memory, size_t size);

#endif
