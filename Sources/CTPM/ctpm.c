#define _GNU_SOURCE
#include "ctpm.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

struct ctpm {
    TSS2_TCTI_CONTEXT *tcti;
    ESYS_CONTEXT *esys;
};

// Every function of the libraries that is called here, with its type taken from the headers.
#define FUNCTIONS(X)                                                                                                   \
    X(tctildr, Tss2_TctiLdr_Initialize)                                                                                \
    X(tctildr, Tss2_TctiLdr_Finalize)                                                                                  \
    X(mu, Tss2_MU_TPM2B_PUBLIC_Marshal)                                                                                \
    X(mu, Tss2_MU_TPM2B_PUBLIC_Unmarshal)                                                                              \
    X(mu, Tss2_MU_TPM2B_PRIVATE_Marshal)                                                                               \
    X(mu, Tss2_MU_TPM2B_PRIVATE_Unmarshal)                                                                             \
    X(esys, Esys_Initialize)                                                                                           \
    X(esys, Esys_Finalize)                                                                                             \
    X(esys, Esys_Free)                                                                                                 \
    X(esys, Esys_FlushContext)                                                                                         \
    X(esys, Esys_TR_GetName)                                                                                           \
    X(esys, Esys_TRSess_SetAttributes)                                                                                 \
    X(esys, Esys_StartAuthSession)                                                                                     \
    X(esys, Esys_CreatePrimary)                                                                                        \
    X(esys, Esys_Create)                                                                                               \
    X(esys, Esys_Load)                                                                                                 \
    X(esys, Esys_LoadExternal)                                                                                         \
    X(esys, Esys_VerifySignature)                                                                                      \
    X(esys, Esys_PolicyPCR)                                                                                            \
    X(esys, Esys_PolicyAuthorize)                                                                                      \
    X(esys, Esys_Unseal)                                                                                               \
    X(esys, Esys_PCR_Read)                                                                                             \
    X(esys, Esys_PCR_Extend)

static struct {
    int complete;
#define FIELD(library, name) __typeof__(&name) name;
    FUNCTIONS(FIELD)
#undef FIELD
} tss;

static pthread_once_t loaded = PTHREAD_ONCE_INIT;

static void load(void) {
    // The libraries' own log would print what is unsealed, where the environment asks for it.
    if (setenv("TSS2_LOG", "all+NONE", 1) != 0) return;
    void *mu = dlopen("libtss2-mu.so.0", RTLD_NOW | RTLD_LOCAL);
    void *tctildr = dlopen("libtss2-tctildr.so.0", RTLD_NOW | RTLD_LOCAL);
    void *esys = dlopen("libtss2-esys.so.0", RTLD_NOW | RTLD_LOCAL);
    if (mu == NULL || tctildr == NULL || esys == NULL) return;
#define FIND(library, name)                                                                                            \
    tss.name = (__typeof__(&name))dlsym(library, #name);                                                               \
    if (tss.name == NULL) return;
    FUNCTIONS(FIND)
#undef FIND
    tss.complete = 1;
}

void ctpm_erase(void *memory, size_t size) { explicit_bzero(memory, size); }

uint32_t ctpm_open(const char *tcti, struct ctpm **tpm) {
    pthread_once(&loaded, load);
    if (!tss.complete) return CTPM_NO_LIBRARY;
    struct ctpm *opened = calloc(1, sizeof *opened);
    if (opened == NULL) return CTPM_MEMORY;
    TSS2_RC code = tss.Tss2_TctiLdr_Initialize(tcti, &opened->tcti);
    if (code == 0) {
        code = tss.Esys_Initialize(&opened->esys, opened->tcti, NULL);
        if (code != 0) tss.Tss2_TctiLdr_Finalize(&opened->tcti);
    }
    if (code != 0) {
        free(opened);
        return code;
    }
    *tpm = opened;
    return 0;
}

void ctpm_close(struct ctpm *tpm) {
    tss.Esys_Finalize(&tpm->esys);
    tss.Tss2_TctiLdr_Finalize(&tpm->tcti);
    free(tpm);
}

uint32_t ctpm_flush(struct ctpm *tpm, uint32_t handle) { return tss.Esys_FlushContext(tpm->esys, handle); }

static TSS2_RC copy_name(struct ctpm *tpm, ESYS_TR handle, uint8_t name[CTPM_NAME]) {
    TPM2B_NAME *found = NULL;
    TSS2_RC code = tss.Esys_TR_GetName(tpm->esys, handle, &found);
    if (code != 0) return code;
    if (found->size != CTPM_NAME) {
        code = CTPM_SIZE;
    } else {
        memcpy(name, found->name, CTPM_NAME);
    }
    tss.Esys_Free(found);
    return code;
}

static TPML_PCR_SELECTION selection(uint32_t pcrs) {
    TPML_PCR_SELECTION chosen = {.count = 1};
    chosen.pcrSelections[0].hash = TPM2_ALG_SHA256;
    chosen.pcrSelections[0].sizeofSelect = 3;
    for (int byte = 0; byte < 3; byte++) chosen.pcrSelections[0].pcrSelect[byte] = (BYTE)(pcrs >> (8 * byte));
    return chosen;
}

uint32_t ctpm_storage_primary(struct ctpm *tpm, uint32_t *handle, uint8_t name[CTPM_NAME]) {
    const TPM2B_PUBLIC template = {
        .publicArea = {
            .type = TPM2_ALG_ECC,
            .nameAlg = TPM2_ALG_SHA256,
            .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN
                | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
            .parameters.eccDetail = {
                .symmetric = {.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB},
                .scheme.scheme = TPM2_ALG_NULL,
                .curveID = TPM2_ECC_NIST_P256,
                .kdf.scheme = TPM2_ALG_NULL,
            },
            .unique.ecc = {.x.size = 32, .y.size = 32},
        },
    };
    const TPM2B_SENSITIVE_CREATE sensitive = {0};
    const TPM2B_DATA outside = {0};
    const TPML_PCR_SELECTION none = {0};
    ESYS_TR made = ESYS_TR_NONE;
    TSS2_RC code = tss.Esys_CreatePrimary(
        tpm->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &template, &outside, &none,
        &made, NULL, NULL, NULL, NULL);
    if (code != 0) return code;
    code = copy_name(tpm, made, name);
    if (code != 0) {
        tss.Esys_FlushContext(tpm->esys, made);
        return code;
    }
    *handle = made;
    return 0;
}

static TSS2_RC start_session(
    struct ctpm *tpm, ESYS_TR primary, TPM2_SE kind, TPMA_SESSION attributes, ESYS_TR *session) {
    const TPMT_SYM_DEF cipher = {.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB};
    ESYS_TR started = ESYS_TR_NONE;
    TSS2_RC code = tss.Esys_StartAuthSession(
        tpm->esys, primary, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, NULL, kind, &cipher,
        TPM2_ALG_SHA256, &started);
    if (code != 0) return code;
    code = tss.Esys_TRSess_SetAttributes(tpm->esys, started, attributes | TPMA_SESSION_CONTINUESESSION, 0xFF);
    if (code != 0) {
        tss.Esys_FlushContext(tpm->esys, started);
        return code;
    }
    *session = started;
    return 0;
}

uint32_t ctpm_policy_session(struct ctpm *tpm, uint32_t primary, uint32_t *session) {
    return start_session(tpm, primary, TPM2_SE_POLICY, TPMA_SESSION_ENCRYPT, session);
}

uint32_t ctpm_policy_pcr(struct ctpm *tpm, uint32_t session, uint32_t pcrs) {
    const TPM2B_DIGEST present = {0};
    const TPML_PCR_SELECTION chosen = selection(pcrs);
    return tss.Esys_PolicyPCR(tpm->esys, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &present, &chosen);
}

uint32_t ctpm_load_verifier(
    struct ctpm *tpm, const uint8_t x[32], const uint8_t y[32], uint32_t *handle, uint8_t name[CTPM_NAME]) {
    TPM2B_PUBLIC key = {
        .publicArea = {
            .type = TPM2_ALG_ECC,
            .nameAlg = TPM2_ALG_SHA256,
            .objectAttributes = TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_SIGN_ENCRYPT,
            .parameters.eccDetail = {
                .symmetric.algorithm = TPM2_ALG_NULL,
                .scheme = {.scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = TPM2_ALG_SHA256},
                .curveID = TPM2_ECC_NIST_P256,
                .kdf.scheme = TPM2_ALG_NULL,
            },
            .unique.ecc = {.x.size = 32, .y.size = 32},
        },
    };
    memcpy(key.publicArea.unique.ecc.x.buffer, x, 32);
    memcpy(key.publicArea.unique.ecc.y.buffer, y, 32);
    ESYS_TR made = ESYS_TR_NONE;
    TSS2_RC code = tss.Esys_LoadExternal(
        tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, NULL, &key, ESYS_TR_RH_OWNER, &made);
    if (code != 0) return code;
    code = copy_name(tpm, made, name);
    if (code != 0) {
        tss.Esys_FlushContext(tpm->esys, made);
        return code;
    }
    *handle = made;
    return 0;
}

uint32_t ctpm_policy_authorize(
    struct ctpm *tpm, uint32_t session, uint32_t verifier, const uint8_t approved[CTPM_DIGEST],
    const uint8_t signed_digest[CTPM_DIGEST], const uint8_t r[32], const uint8_t s[32]) {
    TPM2B_DIGEST policy = {.size = CTPM_DIGEST};
    TPM2B_DIGEST digest = {.size = CTPM_DIGEST};
    memcpy(policy.buffer, approved, CTPM_DIGEST);
    memcpy(digest.buffer, signed_digest, CTPM_DIGEST);
    TPMT_SIGNATURE signature = {
        .sigAlg = TPM2_ALG_ECDSA,
        .signature.ecdsa = {.hash = TPM2_ALG_SHA256, .signatureR.size = 32, .signatureS.size = 32},
    };
    memcpy(signature.signature.ecdsa.signatureR.buffer, r, 32);
    memcpy(signature.signature.ecdsa.signatureS.buffer, s, 32);

    TPMT_TK_VERIFIED *ticket = NULL;
    TSS2_RC code = tss.Esys_VerifySignature(
        tpm->esys, verifier, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &digest, &signature, &ticket);
    if (code != 0) return code;
    TPM2B_NAME *name = NULL;
    code = tss.Esys_TR_GetName(tpm->esys, verifier, &name);
    if (code == 0) {
        const TPM2B_NONCE reference = {0};
        code = tss.Esys_PolicyAuthorize(
            tpm->esys, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &policy, &reference, name, ticket);
        tss.Esys_Free(name);
    }
    tss.Esys_Free(ticket);
    return code;
}

uint32_t ctpm_seal(
    struct ctpm *tpm, uint32_t primary, const uint8_t policy[CTPM_DIGEST], const uint8_t *secret, size_t secret_size,
    uint8_t *public_part, size_t *public_size, uint8_t *private_part, size_t *private_size) {
    if (secret_size > CTPM_SECRET) return CTPM_SIZE;
    // No userWithAuth: the policy alone opens it. No dictionary attack protection: there is no password to guess.
    TPM2B_PUBLIC template = {
        .publicArea = {
            .type = TPM2_ALG_KEYEDHASH,
            .nameAlg = TPM2_ALG_SHA256,
            .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_ADMINWITHPOLICY
                | TPMA_OBJECT_NODA,
            .authPolicy.size = CTPM_DIGEST,
            .parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
        },
    };
    memcpy(template.publicArea.authPolicy.buffer, policy, CTPM_DIGEST);
    const TPM2B_DATA outside = {0};
    const TPML_PCR_SELECTION none = {0};
    ESYS_TR session = ESYS_TR_NONE;
    TSS2_RC code = start_session(tpm, primary, TPM2_SE_HMAC, TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT, &session);
    if (code != 0) return code;

    TPM2B_SENSITIVE_CREATE sensitive = {.sensitive.data.size = (UINT16)secret_size};
    memcpy(sensitive.sensitive.data.buffer, secret, secret_size);
    TPM2B_PRIVATE *made_private = NULL;
    TPM2B_PUBLIC *made_public = NULL;
    code = tss.Esys_Create(
        tpm->esys, primary, session, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &template, &outside, &none, &made_private,
        &made_public, NULL, NULL, NULL);
    ctpm_erase(&sensitive, sizeof sensitive);
    TSS2_RC flushed = tss.Esys_FlushContext(tpm->esys, session);
    if (code == 0) {
        size_t public_end = 0, private_end = 0;
        code = tss.Tss2_MU_TPM2B_PUBLIC_Marshal(made_public, public_part, *public_size, &public_end);
        if (code == 0) code = tss.Tss2_MU_TPM2B_PRIVATE_Marshal(made_private, private_part, *private_size, &private_end);
        *public_size = public_end;
        *private_size = private_end;
    }
    tss.Esys_Free(made_private);
    tss.Esys_Free(made_public);
    return code != 0 ? code : flushed;
}

uint32_t ctpm_load(
    struct ctpm *tpm, uint32_t primary, const uint8_t *public_part, size_t public_size, const uint8_t *private_part,
    size_t private_size, uint32_t *handle) {
    TPM2B_PUBLIC area = {0};
    TPM2B_PRIVATE hidden = {0};
    size_t public_end = 0, private_end = 0;
    TSS2_RC code = tss.Tss2_MU_TPM2B_PUBLIC_Unmarshal(public_part, public_size, &public_end, &area);
    if (code == 0) code = tss.Tss2_MU_TPM2B_PRIVATE_Unmarshal(private_part, private_size, &private_end, &hidden);
    if (code != 0) return code;
    if (public_end != public_size || private_end != private_size) return CTPM_SIZE;
    return tss.Esys_Load(
        tpm->esys, primary, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &hidden, &area, handle);
}

uint32_t ctpm_unseal(struct ctpm *tpm, uint32_t object, uint32_t session, uint8_t *secret, size_t *secret_size) {
    TPM2B_SENSITIVE_DATA *opened = NULL;
    TSS2_RC code = tss.Esys_Unseal(tpm->esys, object, session, ESYS_TR_NONE, ESYS_TR_NONE, &opened);
    if (code != 0) return code;
    if (opened->size > *secret_size) {
        code = CTPM_SIZE;
    } else {
        memcpy(secret, opened->buffer, opened->size);
        *secret_size = opened->size;
    }
    ctpm_erase(opened, sizeof *opened);
    tss.Esys_Free(opened);
    return code;
}

uint32_t ctpm_read_pcr(struct ctpm *tpm, uint32_t pcr, uint8_t value[CTPM_DIGEST]) {
    const TPML_PCR_SELECTION chosen = selection(1u << pcr);
    TPML_PCR_SELECTION *answered = NULL;
    TPML_DIGEST *values = NULL;
    TSS2_RC code = tss.Esys_PCR_Read(
        tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &chosen, NULL, &answered, &values);
    if (code != 0) return code;
    // A TPM leaves out what it has no bank for, and says nothing.
    if (values->count != 1 || values->digests[0].size != CTPM_DIGEST) {
        code = CTPM_NO_BANK;
    } else {
        memcpy(value, values->digests[0].buffer, CTPM_DIGEST);
    }
    tss.Esys_Free(answered);
    tss.Esys_Free(values);
    return code;
}

uint32_t ctpm_extend_pcr(struct ctpm *tpm, uint32_t pcr, const uint8_t digest[CTPM_DIGEST]) {
    TPML_DIGEST_VALUES digests = {.count = 1};
    digests.digests[0].hashAlg = TPM2_ALG_SHA256;
    memcpy(digests.digests[0].digest.sha256, digest, CTPM_DIGEST);
    return tss.Esys_PCR_Extend(
        tpm->esys, ESYS_TR_PCR0 + pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &digests);
}
