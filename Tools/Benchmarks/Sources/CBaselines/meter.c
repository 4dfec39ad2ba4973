#define _GNU_SOURCE
#include "baselines.h"

#include <errno.h>
#include <modbus/modbus.h>
#include <stdlib.h>
#include <termios.h>
#include <time.h>

struct baselines_meter {
    modbus_t *context;
};

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

struct baselines_meter *baselines_meter_open(const char *target, int32_t port, int32_t unit) {
    struct baselines_meter *meter = calloc(1, sizeof *meter);
    if (meter == NULL) return NULL;
    meter->context = port > 0 ? modbus_new_tcp(target, port) : modbus_new_rtu(target, 9600, 'N', 8, 1);
    if (meter->context == NULL || modbus_set_slave(meter->context, unit) != 0
        || modbus_set_response_timeout(meter->context, 1, 0) != 0 || modbus_connect(meter->context) != 0) {
        baselines_meter_close(meter);
        return NULL;
    }
    return meter;
}

int32_t baselines_meter_poll(
    struct baselines_meter *meter, const struct baselines_read *reads, int32_t count, int64_t *taken) {
    uint16_t words[125];
    int64_t start = now();
    for (int32_t number = 0; number < count; number++) {
        const struct baselines_read *read = &reads[number];
        int result = read->function == 3 ? modbus_read_registers(meter->context, read->address, read->count, words)
                                         : modbus_read_input_registers(meter->context, read->address, read->count, words);
        if (result != read->count) return errno > 0 ? -errno : -EIO;
    }
    *taken = now() - start;
    return 0;
}

void baselines_meter_close(struct baselines_meter *meter) {
    if (meter->context != NULL) {
        modbus_close(meter->context);
        modbus_free(meter->context);
    }
    free(meter);
}

int32_t baselines_make_raw(int32_t descriptor) {
    struct termios settings;
    if (tcgetattr(descriptor, &settings) != 0) return -errno;
    cfmakeraw(&settings);
    return tcsetattr(descriptor, TCSANOW, &settings) == 0 ? 0 : -errno;
}

int32_t baselines_other_end(int32_t descriptor, char *name, size_t size) {
    if (grantpt(descriptor) != 0 || unlockpt(descriptor) != 0) return -errno;
    return -ptsname_r(descriptor, name, size);
}
