#define _GNU_SOURCE
#include "crauc.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

struct crauc {
    sd_bus *bus;
    int completed;
    int32_t result;
    char error[CRAUC_TEXT];
};

// Every function of the library that is called here, with its type taken from the headers.
#define FUNCTIONS(X)                                                                                                   \
    X(sd_bus_new)                                                                                                      \
    X(sd_bus_open_system)                                                                                              \
    X(sd_bus_set_address)                                                                                              \
    X(sd_bus_set_bus_client)                                                                                           \
    X(sd_bus_start)                                                                                                    \
    X(sd_bus_set_method_call_timeout)                                                                                  \
    X(sd_bus_flush_close_unref)                                                                                        \
    X(sd_bus_match_signal)                                                                                             \
    X(sd_bus_process)                                                                                                  \
    X(sd_bus_call_method)                                                                                              \
    X(sd_bus_get_property)                                                                                             \
    X(sd_bus_error_free)                                                                                               \
    X(sd_bus_error_has_name)                                                                                           \
    X(sd_bus_message_unref)                                                                                            \
    X(sd_bus_message_read)                                                                                             \
    X(sd_bus_message_skip)                                                                                             \
    X(sd_bus_message_peek_type)                                                                                        \
    X(sd_bus_message_enter_container)                                                                                  \
    X(sd_bus_message_exit_container)

static struct {
    int complete;
#define FIELD(name) __typeof__(&name) name;
    FUNCTIONS(FIELD)
#undef FIELD
} sd;

static pthread_once_t loaded = PTHREAD_ONCE_INIT;

static const char service[] = "de.pengutronix.rauc";
static const char object[] = "/";
static const char interface[] = "de.pengutronix.rauc.Installer";

static void load(void) {
    void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return;
#define FIND(name)                                                                                                     \
    sd.name = (__typeof__(&name))dlsym(library, #name);                                                                \
    if (sd.name == NULL) return;
    FUNCTIONS(FIND)
#undef FIND
    sd.complete = 1;
}

static void copy(char *to, size_t size, const char *from) {
    size_t length = strnlen(from, size - 1);
    memcpy(to, from, length);
    to[length] = 0;
}

// Sorts what a call answered, and frees the error.
static int outcome(struct crauc *rauc, int code, sd_bus_error *error) {
    if (code >= 0) {
        sd.sd_bus_error_free(error);
        return 0;
    }
    int sorted = CRAUC_UNANSWERED;
    if (error->name != NULL) {
        if (sd.sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN)
            || sd.sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER)
            || sd.sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED)
            || strncmp(error->name, "org.freedesktop.DBus.Error.Spawn.", 33) == 0) {
            sorted = CRAUC_UNREACHABLE;
        } else if (!sd.sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY)
            && !sd.sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT)
            && !sd.sd_bus_error_has_name(error, SD_BUS_ERROR_DISCONNECTED)) {
            // What libsystemd finds on this side has a name, too, "System.Error."; it says nothing of the service.
            if (strncmp(error->name, "System.Error.", 13) != 0) sorted = CRAUC_REFUSED;
        }
    }
    copy(rauc->error, sizeof rauc->error,
         error->message != NULL ? error->message : error->name != NULL ? error->name : strerror(-code));
    sd.sd_bus_error_free(error);
    return sorted;
}

// An answer of another form than was expected.
static int unexpected(struct crauc *rauc, int code) {
    snprintf(rauc->error, sizeof rauc->error, "an answer of another form: %s", strerror(code < 0 ? -code : EBADMSG));
    return CRAUC_UNANSWERED;
}

static int on_completed(sd_bus_message *message, void *context, sd_bus_error *error) {
    (void)error;
    struct crauc *rauc = context;
    int32_t result = 0;
    if (sd.sd_bus_message_read(message, "i", &result) < 0) return 0;
    rauc->completed = 1;
    rauc->result = result;
    return 0;
}

static _Thread_local char opening_error[CRAUC_TEXT];

int crauc_open(const char *address, struct crauc **rauc) {
    pthread_once(&loaded, load);
    if (!sd.complete) return CRAUC_NO_LIBRARY;
    struct crauc *opened = calloc(1, sizeof *opened);
    if (opened == NULL) return CRAUC_UNREACHABLE;
    int code = address == NULL ? sd.sd_bus_open_system(&opened->bus) : sd.sd_bus_new(&opened->bus);
    if (address != NULL) {
        if (code >= 0) code = sd.sd_bus_set_address(opened->bus, address);
        if (code >= 0) code = sd.sd_bus_set_bus_client(opened->bus, 1);
        if (code >= 0) code = sd.sd_bus_start(opened->bus);
    }
    if (code >= 0) code = sd.sd_bus_set_method_call_timeout(opened->bus, CRAUC_PATIENCE_US);
    if (code >= 0) {
        code = sd.sd_bus_match_signal(opened->bus, NULL, service, object, interface, "Completed", on_completed, opened);
    }
    if (code < 0) {
        copy(opening_error, sizeof opening_error, strerror(-code));
        crauc_close(opened);
        return CRAUC_UNREACHABLE;
    }
    *rauc = opened;
    return 0;
}

void crauc_close(struct crauc *rauc) {
    if (rauc->bus != NULL) sd.sd_bus_flush_close_unref(rauc->bus);
    free(rauc);
}

const char *crauc_error(const struct crauc *rauc) { return rauc == NULL ? opening_error : rauc->error; }

int crauc_text(struct crauc *rauc, const char *property, char text[CRAUC_TEXT]) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    int code = sd.sd_bus_get_property(rauc->bus, service, object, interface, property, &error, &reply, "s");
    int sorted = outcome(rauc, code, &error);
    if (sorted == 0) {
        const char *found = NULL;
        code = sd.sd_bus_message_read(reply, "s", &found);
        if (code > 0) copy(text, CRAUC_TEXT, found);
        else sorted = unexpected(rauc, code);
    }
    sd.sd_bus_message_unref(reply);
    return sorted;
}

int crauc_progress(struct crauc *rauc, int32_t *percent, char message[CRAUC_TEXT]) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    int code = sd.sd_bus_get_property(rauc->bus, service, object, interface, "Progress", &error, &reply, "(isi)");
    int sorted = outcome(rauc, code, &error);
    if (sorted == 0) {
        const char *found = NULL;
        int32_t depth = 0;
        code = sd.sd_bus_message_read(reply, "(isi)", percent, &found, &depth);
        if (code > 0) copy(message, CRAUC_TEXT, found);
        else sorted = unexpected(rauc, code);
    }
    sd.sd_bus_message_unref(reply);
    return sorted;
}

int crauc_install(struct crauc *rauc, const char *path) {
    // A signal of an earlier installation is taken first, so that it is not for this one.
    while (sd.sd_bus_process(rauc->bus, NULL) > 0) {}
    rauc->completed = 0;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int code = sd.sd_bus_call_method(
        rauc->bus, service, object, interface, "InstallBundle", &error, NULL, "sa{sv}", path, 0u);
    return outcome(rauc, code, &error);
}

int crauc_completed(struct crauc *rauc, int *seen, int32_t *result) {
    int code;
    do code = sd.sd_bus_process(rauc->bus, NULL); while (code > 0);
    if (code < 0) {
        copy(rauc->error, sizeof rauc->error, strerror(-code));
        return CRAUC_UNREACHABLE;
    }
    *seen = rauc->completed;
    *result = rauc->result;
    return 0;
}

int crauc_mark(struct crauc *rauc, const char *state) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int code =
        sd.sd_bus_call_method(rauc->bus, service, object, interface, "Mark", &error, NULL, "ss", state, "booted");
    return outcome(rauc, code, &error);
}

int crauc_primary(struct crauc *rauc, char name[CRAUC_NAME]) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    int code = sd.sd_bus_call_method(rauc->bus, service, object, interface, "GetPrimary", &error, &reply, "");
    int sorted = outcome(rauc, code, &error);
    if (sorted == 0) {
        const char *found = NULL;
        code = sd.sd_bus_message_read(reply, "s", &found);
        if (code > 0) copy(name, CRAUC_NAME, found);
        else sorted = unexpected(rauc, code);
    }
    sd.sd_bus_message_unref(reply);
    return sorted;
}

// One entry of a slot's a{sv}; what is not asked for is passed over.
static int read_entry(sd_bus_message *message, struct crauc_slot *slot) {
    const char *key = NULL;
    int code = sd.sd_bus_message_read(message, "s", &key);
    if (code < 0) return code;
    char *wanted = NULL;
    if (strcmp(key, "bootname") == 0) wanted = slot->bootname;
    if (strcmp(key, "state") == 0) wanted = slot->state;
    if (wanted == NULL) return sd.sd_bus_message_skip(message, "v");
    char type = 0;
    const char *contents = NULL;
    code = sd.sd_bus_message_peek_type(message, &type, &contents);
    if (code <= 0 || contents == NULL || strcmp(contents, "s") != 0) return -EBADMSG;
    const char *found = NULL;
    code = sd.sd_bus_message_read(message, "v", "s", &found);
    if (code >= 0) copy(wanted, CRAUC_NAME, found);
    return code;
}

static int read_slot(sd_bus_message *message, struct crauc_slot *slot) {
    const char *name = NULL;
    int code = sd.sd_bus_message_read(message, "s", &name);
    if (code < 0) return code;
    memset(slot, 0, sizeof *slot);
    copy(slot->name, sizeof slot->name, name);
    code = sd.sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "{sv}");
    if (code < 0) return code;
    while ((code = sd.sd_bus_message_enter_container(message, SD_BUS_TYPE_DICT_ENTRY, "sv")) > 0) {
        code = read_entry(message, slot);
        if (code >= 0) code = sd.sd_bus_message_exit_container(message);
        if (code < 0) return code;
    }
    return code < 0 ? code : sd.sd_bus_message_exit_container(message);
}

static int read_slots(sd_bus_message *message, struct crauc_slot *slots, size_t *count) {
    *count = 0;
    int code = sd.sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "(sa{sv})");
    if (code < 0) return code;
    while ((code = sd.sd_bus_message_enter_container(message, SD_BUS_TYPE_STRUCT, "sa{sv}")) > 0) {
        if (*count == CRAUC_SLOTS) return -EMSGSIZE;
        code = read_slot(message, &slots[*count]);
        if (code >= 0) code = sd.sd_bus_message_exit_container(message);
        if (code < 0) return code;
        *count += 1;
    }
    return code;
}

int crauc_slots(struct crauc *rauc, struct crauc_slot slots[CRAUC_SLOTS], size_t *count) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    int code = sd.sd_bus_call_method(rauc->bus, service, object, interface, "GetSlotStatus", &error, &reply, "");
    int sorted = outcome(rauc, code, &error);
    if (sorted == 0) {
        code = read_slots(reply, slots, count);
        if (code < 0) sorted = unexpected(rauc, code);
    }
    sd.sd_bus_message_unref(reply);
    return sorted;
}
