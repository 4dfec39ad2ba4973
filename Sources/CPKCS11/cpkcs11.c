#define _GNU_SOURCE
#include "cpkcs11.h"

#include <dlfcn.h>
#include <p11-kit-1/p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cpkcs11 {
    // Not unloaded: modules leave threads and exit handlers behind.
    CK_FUNCTION_LIST_PTR call;
    int initialised_here;
};

static const CK_MECHANISM_TYPE making[] = {CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EC_KEY_PAIR_GEN};
static const CK_MECHANISM_TYPE signing[] = {CKM_EDDSA, CKM_ECDSA};
static const CK_KEY_TYPE key_types[] = {CKK_EC_EDWARDS, CKK_EC};
static const CK_OBJECT_CLASS classes[] = {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY};
static const CK_ATTRIBUTE_TYPE attributes[] = {CKA_ID,          CKA_EC_POINT,          CKA_SENSITIVE,
                                               CKA_EXTRACTABLE, CKA_NEVER_EXTRACTABLE, CKA_VALUE};

// 1.3.101.112, and the name that PKCS#11 3.0 first gave.
static const CK_BYTE ed25519_oid[] = {0x06, 0x03, 0x2b, 0x65, 0x70};
static const CK_BYTE ed25519_name[] = {0x13, 0x0c, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9'};
// 1.2.840.10045.3.1.7
static const CK_BYTE p256_oid[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

#define ATTRIBUTE(type, pointer, size) ((CK_ATTRIBUTE){(type), (CK_VOID_PTR)(pointer), (size)})

uint32_t cpkcs11_open(const char *path, struct cpkcs11 **module, char *reason, size_t reason_size) {
    if (reason_size > 0) reason[0] = 0;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    CK_C_GetFunctionList list = library == NULL ? NULL : (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
    if (list == NULL) {
        const char *why = dlerror();
        snprintf(reason, reason_size, "%s", why != NULL ? why : "C_GetFunctionList is missing");
        return CPKCS11_NO_MODULE;
    }
    struct cpkcs11 *opened = calloc(1, sizeof *opened);
    if (opened == NULL) return CPKCS11_MEMORY;
    CK_RV code = list(&opened->call);
    if (code == CKR_OK && opened->call == NULL) code = CKR_GENERAL_ERROR;
    if (code == CKR_OK) {
        CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK};
        code = opened->call->C_Initialize(&arguments);
        // One that knows no threads: the caller keeps calls apart in any case.
        if (code == CKR_CANT_LOCK || code == CKR_ARGUMENTS_BAD) code = opened->call->C_Initialize(NULL);
        opened->initialised_here = code == CKR_OK;
        if (code == CKR_CRYPTOKI_ALREADY_INITIALIZED) code = CKR_OK;
    }
    if (code != CKR_OK) {
        free(opened);
        return (uint32_t)code;
    }
    *module = opened;
    return 0;
}

void cpkcs11_close(struct cpkcs11 *module) {
    if (module->initialised_here) module->call->C_Finalize(NULL);
    free(module);
}

uint32_t cpkcs11_find_token(
    struct cpkcs11 *module, const char *label, size_t *count, unsigned long *slot, unsigned long *flags) {
    *count = 0;
    // A token's label is 32 bytes, filled up with blanks.
    CK_TOKEN_INFO token;
    unsigned char wanted[sizeof token.label];
    size_t length = strlen(label);
    if (length > sizeof wanted) return 0;
    memset(wanted, ' ', sizeof wanted);
    memcpy(wanted, label, length);

    CK_ULONG slots = 0;
    CK_RV code = module->call->C_GetSlotList(CK_TRUE, NULL, &slots);
    if (code != CKR_OK) return (uint32_t)code;
    // Room for some that are plugged in meanwhile.
    CK_ULONG room = slots + 4;
    CK_SLOT_ID *list = calloc(room, sizeof *list);
    if (list == NULL) return CPKCS11_MEMORY;
    code = module->call->C_GetSlotList(CK_TRUE, list, &room);
    for (CK_ULONG index = 0; code == CKR_OK && index < room; index++) {
        if (module->call->C_GetTokenInfo(list[index], &token) != CKR_OK) continue;
        if (memcmp(token.label, wanted, sizeof wanted) != 0) continue;
        *count += 1;
        *slot = list[index];
        *flags = token.flags;
    }
    free(list);
    return (uint32_t)code;
}

static uint32_t has_mechanism(struct cpkcs11 *module, unsigned long slot, CK_MECHANISM_TYPE type, CK_FLAGS flag) {
    CK_MECHANISM_INFO mechanism;
    CK_RV code = module->call->C_GetMechanismInfo(slot, type, &mechanism);
    if (code == CKR_OK && (mechanism.flags & flag) == 0) code = CKR_MECHANISM_INVALID;
    return (uint32_t)code;
}

uint32_t cpkcs11_supports(struct cpkcs11 *module, unsigned long slot, enum cpkcs11_kind kind) {
    uint32_t code = has_mechanism(module, slot, making[kind], CKF_GENERATE_KEY_PAIR);
    return code != 0 ? code : has_mechanism(module, slot, signing[kind], CKF_SIGN);
}

uint32_t cpkcs11_log_in(
    struct cpkcs11 *module, unsigned long slot, const uint8_t *pin, size_t pin_size, unsigned long *session) {
    CK_SESSION_HANDLE opened = CK_INVALID_HANDLE;
    CK_RV code = module->call->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &opened);
    if (code != CKR_OK) return (uint32_t)code;
    code = module->call->C_Login(opened, CKU_USER, (CK_UTF8CHAR_PTR)pin, pin_size);
    if (code == CKR_USER_ALREADY_LOGGED_IN) code = CKR_OK;
    if (code != CKR_OK) {
        module->call->C_CloseSession(opened);
        return (uint32_t)code;
    }
    *session = opened;
    return 0;
}

void cpkcs11_close_session(struct cpkcs11 *module, unsigned long session) { module->call->C_CloseSession(session); }

uint32_t cpkcs11_close_all_sessions(struct cpkcs11 *module, unsigned long slot) {
    return (uint32_t)module->call->C_CloseAllSessions(slot);
}

uint32_t cpkcs11_find_keys(
    struct cpkcs11 *module, unsigned long session, enum cpkcs11_kind kind, enum cpkcs11_half half, const char *label,
    const uint8_t *id, size_t id_size, unsigned long *objects, size_t *count) {
    CK_ATTRIBUTE template[] = {
        ATTRIBUTE(CKA_CLASS, &classes[half], sizeof classes[half]),
        ATTRIBUTE(CKA_KEY_TYPE, &key_types[kind], sizeof key_types[kind]),
        ATTRIBUTE(CKA_TOKEN, &yes, sizeof yes),
        ATTRIBUTE(CKA_LABEL, label, strlen(label)),
        ATTRIBUTE(CKA_ID, id, id_size),
    };
    CK_ULONG used = sizeof template / sizeof *template - (id == NULL ? 1 : 0);
    CK_RV code = module->call->C_FindObjectsInit(session, template, used);
    if (code != CKR_OK) return (uint32_t)code;
    size_t room = *count;
    *count = 0;
    for (;;) {
        CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
        CK_ULONG found = 0;
        code = module->call->C_FindObjects(session, &object, 1, &found);
        if (code != CKR_OK || found == 0) break;
        if (*count == room) {
            code = CPKCS11_TOO_MANY;
            break;
        }
        objects[*count] = object;
        *count += 1;
    }
    CK_RV ended = module->call->C_FindObjectsFinal(session);
    return (uint32_t)(code != CKR_OK ? code : ended);
}

uint32_t cpkcs11_read_attribute(
    struct cpkcs11 *module, unsigned long session, unsigned long object, enum cpkcs11_attribute attribute,
    uint8_t *value, size_t *size) {
    CK_ATTRIBUTE wanted = ATTRIBUTE(attributes[attribute], value, *size);
    CK_RV code = module->call->C_GetAttributeValue(session, object, &wanted, 1);
    if (code == CKR_OK && wanted.ulValueLen == CK_UNAVAILABLE_INFORMATION) code = CKR_ATTRIBUTE_TYPE_INVALID;
    if (code != CKR_OK) return (uint32_t)code;
    *size = wanted.ulValueLen;
    return 0;
}

static CK_RV make_pair(
    struct cpkcs11 *module, unsigned long session, enum cpkcs11_kind kind, const CK_BYTE *curve, size_t curve_size,
    const char *label, const uint8_t *id, size_t id_size) {
    CK_MECHANISM mechanism = {making[kind], NULL, 0};
    CK_ATTRIBUTE public_template[] = {
        ATTRIBUTE(CKA_EC_PARAMS, curve, curve_size),
        ATTRIBUTE(CKA_TOKEN, &yes, sizeof yes),
        ATTRIBUTE(CKA_VERIFY, &yes, sizeof yes),
        ATTRIBUTE(CKA_LABEL, label, strlen(label)),
        ATTRIBUTE(CKA_ID, id, id_size),
    };
    CK_ATTRIBUTE private_template[] = {
        ATTRIBUTE(CKA_TOKEN, &yes, sizeof yes),
        ATTRIBUTE(CKA_PRIVATE, &yes, sizeof yes),
        ATTRIBUTE(CKA_SENSITIVE, &yes, sizeof yes),
        ATTRIBUTE(CKA_EXTRACTABLE, &no, sizeof no),
        ATTRIBUTE(CKA_SIGN, &yes, sizeof yes),
        ATTRIBUTE(CKA_LABEL, label, strlen(label)),
        ATTRIBUTE(CKA_ID, id, id_size),
    };
    CK_OBJECT_HANDLE public_key = CK_INVALID_HANDLE, private_key = CK_INVALID_HANDLE;
    return module->call->C_GenerateKeyPair(
        session, &mechanism, public_template, sizeof public_template / sizeof *public_template, private_template,
        sizeof private_template / sizeof *private_template, &public_key, &private_key);
}

uint32_t cpkcs11_make_pair(
    struct cpkcs11 *module, unsigned long session, enum cpkcs11_kind kind, const char *label, const uint8_t *id,
    size_t id_size) {
    if (kind == CPKCS11_P256)
        return (uint32_t)make_pair(module, session, kind, p256_oid, sizeof p256_oid, label, id, id_size);
    CK_RV code = make_pair(module, session, kind, ed25519_oid, sizeof ed25519_oid, label, id, id_size);
    if (code == CKR_ATTRIBUTE_VALUE_INVALID || code == CKR_DOMAIN_PARAMS_INVALID || code == CKR_CURVE_NOT_SUPPORTED)
        code = make_pair(module, session, kind, ed25519_name, sizeof ed25519_name, label, id, id_size);
    return (uint32_t)code;
}

uint32_t cpkcs11_sign(
    struct cpkcs11 *module, unsigned long session, enum cpkcs11_kind kind, unsigned long key, const uint8_t *data,
    size_t data_size, uint8_t *signature, size_t *size) {
    CK_MECHANISM mechanism = {signing[kind], NULL, 0};
    CK_RV code = module->call->C_SignInit(session, &mechanism, key);
    if (code != CKR_OK) return (uint32_t)code;
    // SoftHSM refuses NULL, also for an empty message.
    CK_BYTE empty = 0;
    CK_ULONG length = *size;
    code = module->call->C_Sign(session, data_size == 0 ? &empty : (CK_BYTE_PTR)data, data_size, signature, &length);
    if (code != CKR_OK) return (uint32_t)code;
    *size = length;
    return 0;
}

uint32_t cpkcs11_relabel(struct cpkcs11 *module, unsigned long session, unsigned long object, const char *label) {
    CK_ATTRIBUTE change = ATTRIBUTE(CKA_LABEL, label, strlen(label));
    return (uint32_t)module->call->C_SetAttributeValue(session, object, &change, 1);
}

uint32_t cpkcs11_destroy_object(struct cpkcs11 *module, unsigned long session, unsigned long object) {
    return (uint32_t)module->call->C_DestroyObject(session, object);
}
