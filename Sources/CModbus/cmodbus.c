#include "cmodbus.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/serial.h>
#include <modbus/modbus.h>

const int wattseal_modbus_error_base = MODBUS_ENOBASE;
const int wattseal_modbus_bad_checksum = EMBBADCRC;
const int wattseal_modbus_bad_data = EMBBADDATA;
const int wattseal_modbus_bad_exception = EMBBADEXC;
const int wattseal_modbus_unknown_exception = EMBUNKEXC;
const int wattseal_modbus_too_many_data = EMBMDATA;
const int wattseal_modbus_bad_unit = EMBBADSLAVE;

const uint32_t wattseal_rs485_enabled = SER_RS485_ENABLED;
const uint32_t wattseal_rs485_rts_on_send = SER_RS485_RTS_ON_SEND;
const uint32_t wattseal_rs485_rts_after_send = SER_RS485_RTS_AFTER_SEND;
const uint32_t wattseal_rs485_rx_during_tx = SER_RS485_RX_DURING_TX;
const uint32_t wattseal_rs485_terminate_bus = SER_RS485_TERMINATE_BUS;

/// libmodbus answers -1 and sets errno; some of its paths forget the latter.
static int answer(int result)
{
    if (result >= 0)
        return result;
    return errno > 0 ? -errno : -EIO;
}

static int prepared(modbus_t *made, struct _modbus **context)
{
    if (made == NULL)
        return answer(-1);
    int result = modbus_set_error_recovery(made, MODBUS_ERROR_RECOVERY_NONE);
    if (result >= 0)
        result = modbus_set_debug(made, 0);
    if (result >= 0)
        result = modbus_set_byte_timeout(made, 0, 0);
    if (result < 0) {
        result = answer(result);
        modbus_free(made);
        return result;
    }
    *context = made;
    return 0;
}

int wattseal_modbus_new_tcp(const char *address, int port, struct _modbus **context)
{
    errno = 0;
    return prepared(modbus_new_tcp(address, port), context);
}

int wattseal_modbus_new_tcp_host(const char *host, const char *service, struct _modbus **context)
{
    errno = 0;
    return prepared(modbus_new_tcp_pi(host, service), context);
}

int wattseal_modbus_new_rtu(const char *device, int baud, char parity, int stop_bits, struct _modbus **context)
{
    errno = 0;
    return prepared(modbus_new_rtu(device, baud, parity, 8, stop_bits), context);
}

void wattseal_modbus_free(struct _modbus *context)
{
    modbus_free(context);
}

int wattseal_modbus_connect(struct _modbus *context)
{
    errno = 0;
    return answer(modbus_connect(context));
}

void wattseal_modbus_close(struct _modbus *context)
{
    modbus_close(context);
}

int wattseal_modbus_descriptor(struct _modbus *context)
{
    errno = 0;
    return answer(modbus_get_socket(context));
}

int wattseal_modbus_claim_terminal(int descriptor)
{
    errno = 0;
    return answer(ioctl(descriptor, TIOCEXCL));
}

int wattseal_modbus_release_terminal(int descriptor)
{
    errno = 0;
    return answer(ioctl(descriptor, TIOCNXCL));
}

static int read_rs485(int descriptor, struct serial_rs485 *settings)
{
    memset(settings, 0, sizeof *settings);
    errno = 0;
    return answer(ioctl(descriptor, TIOCGRS485, settings));
}

int wattseal_modbus_get_rs485(int descriptor, uint32_t *flags, uint32_t *before, uint32_t *after)
{
    struct serial_rs485 settings;
    int result = read_rs485(descriptor, &settings);
    if (result < 0)
        return result;
    *flags = settings.flags;
    *before = settings.delay_rts_before_send;
    *after = settings.delay_rts_after_send;
    return 0;
}

int wattseal_modbus_set_rs485(int descriptor, uint32_t flags, uint32_t before, uint32_t after)
{
    struct serial_rs485 settings;
    int result = read_rs485(descriptor, &settings);
    if (result < 0)
        return result;
    settings.flags = flags;
    settings.delay_rts_before_send = before;
    settings.delay_rts_after_send = after;
    errno = 0;
    result = answer(ioctl(descriptor, TIOCSRS485, &settings));
    return result < 0 ? result : 0;
}

int wattseal_modbus_flush(struct _modbus *context)
{
    errno = 0;
    return answer(modbus_flush(context));
}

int wattseal_modbus_set_unit(struct _modbus *context, int unit)
{
    errno = 0;
    return answer(modbus_set_slave(context, unit));
}

int wattseal_modbus_set_timeout(struct _modbus *context, uint32_t seconds, uint32_t microseconds)
{
    errno = 0;
    return answer(modbus_set_response_timeout(context, seconds, microseconds));
}

int wattseal_modbus_read_holding(struct _modbus *context, int address, int count, uint16_t *words)
{
    errno = 0;
    return answer(modbus_read_registers(context, address, count, words));
}

int wattseal_modbus_read_input(struct _modbus *context, int address, int count, uint16_t *words)
{
    errno = 0;
    return answer(modbus_read_input_registers(context, address, count, words));
}
