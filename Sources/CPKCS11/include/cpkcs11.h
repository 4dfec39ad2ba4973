#ifndef WATTSEAL_CPKCS11_H
#define WATTSEAL_CPKCS11_H

#include <stddef.h>
#include <stdint.h>

// The few PKCS#11 calls that signing with a token's own keys needs, over a module that is loaded at run time.
//
// Each call returns 0 (CKR_OK), the module's CK_RV, or one of the codes below. The caller keeps calls apart; handles are valid
// in the session that found them.

struct cpkcs11;

/// The module's file cannot be loaded, or it is no PKCS#11 module.
#define CPKCS11_NO_MODULE 0xFFFFFF01u
/// No memory.
#define CPKCS11_MEMORY 0xFFFFFF02u
/// More objects than there is room for.
#define CPKCS11_TOO_MANY 0xFFFFFF03u

enum cpkcs11_kind { CPKCS11_ED25519, CPKCS11_P256 };
enum cpkcs11_half { CPKCS11_PRIVATE, CPKCS11_PUBLIC };

enum cpkcs11_attribute {
    CPKCS11_IDENTIFIER,
    CPKCS11_EC_POINT,
    CPKCS11_SENSITIVE,
    CPKCS11_EXTRACTABLE,
    CPKCS11_NEVER_EXTRACTABLE,
    /// The private key itself: what no token may answer.
    CPKCS11_VALUE,
};

/// Loads and initialises a module. Where that fails, `reason` may say why.
uint32_t cpkcs11_open(const char *path, struct cpkcs11 **module, char *reason, size_t reason_size);

/// Finalises the module, unless another part of the process had initialised it before.
void cpkcs11_close(struct cpkcs11 *module);

/// How many tokens carry a label; the last one's slot, and CKF_ flags, where there is one.
uint32_t cpkcs11_find_token(
    struct cpkcs11 *module, const char *label, size_t *count, unsigned long *slot, unsigned long *flags);

/// One attempt at the user's PIN is left.
#define CPKCS11_FLAG_FINAL_TRY (1u << 17)
#define CPKCS11_FLAG_LOCKED (1u << 18)

/// Whether the token makes keys of this kind and signs with them: 0, or CKR_MECHANISM_INVALID.
uint32_t cpkcs11_supports(struct cpkcs11 *module, unsigned long slot, enum cpkcs11_kind kind);

/// Opens a read-write session and logs its user in.
uint32_t cpkcs11_log_in(
    struct cpkcs11 *module, unsigned long slot, const uint8_t *pin, size_t pin_size, unsigned long *session);

void cpkcs11_close_session(struct cpkcs11 *module, unsigned long session);

/// What a token does that loses its power: every session of the process is closed.
uint32_t cpkcs11_close_all_sessions(struct cpkcs11 *module, unsigned long slot);

/// The token objects of a kind and half with a label, and with an id where `id` is not NULL. On entry `count` is the room.
uint32_t cpkcs11_find_keys(
    struct cpkcs11 *module, unsigned long session, enum cpkcs11_kind kind, enum cpkcs11_half half, const char *label,
    const uint8_t *id, size_t id_size, unsigned long *objects, size_t *count);

uint32_t cpkcs11_read_attribute(
    struct cpkcs11 *module, unsigned long session, unsigned long object, enum cpkcs11_attribute attribute,
    uint8_t *value, size_t *size);

/// Makes a pair on the token: sensitive, not extractable.
uint32_t cpkcs11_make_pair(
    struct cpkcs11 *module, unsigned long session, enum cpkcs11_kind kind, const char *label, const uint8_t *id,
    size_t id_size);

/// CKM_EDDSA over a message, or CKM_ECDSA over a digest. On entry `size` is the room.
uint32_t cpkcs11_sign(
    struct cpkcs11 *module, unsigned long session, enum cpkcs11_kind kind, unsigned long key, const uint8_t *data,
    size_t data_size, uint8_t *signature, size_t *size);

/// Changes an object's label.
uint32_t cpkcs11_relabel(
    struct cpkcs11 *module, unsigned long session, unsigned long object, const char *label);

uint32_t cpkcs11_destroy_object(struct cpkcs11 *module, unsigned long session, unsigned long object);

#endif
