#ifndef WATTSEAL_CRAUC_H
#define WATTSEAL_CRAUC_H

#include <stddef.h>
#include <stdint.h>

// RAUC's interface on D-Bus (de.pengutronix.rauc.Installer, as of RAUC 1.8), over sd-bus of libsystemd. The library is loaded when
// a bus is first opened, so a device without RAUC needs none of it.
//
// Each call returns 0 or one of the codes below; crauc_error then says more. One connection belongs to one thread. No call waits
// longer than CRAUC_PATIENCE_US.

struct crauc;

/// The library or one of its functions is missing.
#define CRAUC_NO_LIBRARY 1
/// The bus or the service is not there; the request has not reached it.
#define CRAUC_UNREACHABLE 2
/// The service answered with an error.
#define CRAUC_REFUSED 3
/// No answer came, or one of another form: whether it was done is not known.
#define CRAUC_UNANSWERED 4

#define CRAUC_PATIENCE_US 3000000
/// The longest text that is taken, with its zero; longer ones are cut.
#define CRAUC_TEXT 512
#define CRAUC_NAME 128
/// The most slots that are looked at.
#define CRAUC_SLOTS 16

struct crauc_slot {
    char name[CRAUC_NAME];
    char bootname[CRAUC_NAME];
    char state[CRAUC_NAME];
};

/// Connects to a bus by its address; NULL is the system's.
int crauc_open(const char *address, struct crauc **rauc);

void crauc_close(struct crauc *rauc);

/// What went wrong in the last call; of an opening that failed, with NULL.
const char *crauc_error(const struct crauc *rauc);

/// A property that is text: Operation, LastError, BootSlot, Compatible.
int crauc_text(struct crauc *rauc, const char *property, char text[CRAUC_TEXT]);

/// The property Progress, without its depth.
int crauc_progress(struct crauc *rauc, int32_t *percent, char message[CRAUC_TEXT]);

/// InstallBundle. What earlier installations told is forgotten.
int crauc_install(struct crauc *rauc, const char *path);

/// Whether the signal Completed has come since the last crauc_install, and with which result.
int crauc_completed(struct crauc *rauc, int *seen, int32_t *result);

/// Mark, of the slot that runs.
int crauc_mark(struct crauc *rauc, const char *state);

/// GetPrimary.
int crauc_primary(struct crauc *rauc, char name[CRAUC_NAME]);

/// GetSlotStatus. A slot without a bootname has an empty one.
int crauc_slots(struct crauc *rauc, struct crauc_slot slots[CRAUC_SLOTS], size_t *count);

#endif
