#ifndef WATTSEAL_CMODBUS_H
#define WATTSEAL_CMODBUS_H

#include <stdint.h>

/// A thin layer over libmodbus 3.1.6. Every call answers a value >= 0, or -errno taken directly after the failing call;
/// libmodbus's own codes stand above `wattseal_modbus_error_base`. It holds no state and no logic. A context is used by
/// one thread.
///
/// Each new context has error recovery off, debug off, and the timeout between bytes off: then the response timeout bounds
/// the whole reply, however slowly its bytes drip.
struct _modbus;

/// The code from which libmodbus counts; base + 1 to base + 11 are the exceptions of the protocol.
extern const int wattseal_modbus_error_base;
extern const int wattseal_modbus_bad_checksum;
extern const int wattseal_modbus_bad_data;
extern const int wattseal_modbus_bad_exception;
extern const int wattseal_modbus_unknown_exception;
extern const int wattseal_modbus_too_many_data;
extern const int wattseal_modbus_bad_unit;

/// A context for Modbus TCP to a numeric IPv4 address.
int wattseal_modbus_new_tcp(const char *address, int port, struct _modbus **context);

/// A context for Modbus TCP to a host name or an IPv6 address.
int wattseal_modbus_new_tcp_host(const char *host, const char *service, struct _modbus **context);

/// A context for Modbus RTU on a serial device; `parity` is 'N', 'E' or 'O'.
int wattseal_modbus_new_rtu(const char *device, int baud, char parity, int stop_bits, struct _modbus **context);

/// Frees a context that is closed.
void wattseal_modbus_free(struct _modbus *context);

/// Opens the line; a TCP connection waits for the response timeout at most.
int wattseal_modbus_connect(struct _modbus *context);

/// Closes the line.
void wattseal_modbus_close(struct _modbus *context);

/// The file descriptor of an open line.
int wattseal_modbus_descriptor(struct _modbus *context);

/// Asks the kernel to let nobody else open this terminal (TIOCEXCL).
int wattseal_modbus_claim_terminal(int descriptor);

/// Takes that back (TIOCNXCL); it would outlive the descriptor as long as anyone has the terminal open.
int wattseal_modbus_release_terminal(int descriptor);

/// Flags of the kernel's RS-485 settings (linux/serial.h).
extern const uint32_t wattseal_rs485_enabled;
extern const uint32_t wattseal_rs485_rts_on_send;
extern const uint32_t wattseal_rs485_rts_after_send;
extern const uint32_t wattseal_rs485_rx_during_tx;
extern const uint32_t wattseal_rs485_terminate_bus;

/// What the driver of a serial device is set to about RS-485 (TIOCGRS485); delays in ms.
int wattseal_modbus_get_rs485(int descriptor, uint32_t *flags, uint32_t *before, uint32_t *after);

/// Sets it (TIOCSRS485), whatever else stands there untouched. -ENOTTY where the driver has no RS-485.
int wattseal_modbus_set_rs485(int descriptor, uint32_t flags, uint32_t before, uint32_t after);

/// Drops what was received and not read.
int wattseal_modbus_flush(struct _modbus *context);

/// The unit that the next requests go to: 0 to 247, over TCP also 255.
int wattseal_modbus_set_unit(struct _modbus *context, int unit);

/// How long a reply may take, from the request to its last byte.
int wattseal_modbus_set_timeout(struct _modbus *context, uint32_t seconds, uint32_t microseconds);

/// Reads 1 to 125 holding registers (function 3); `words` has room for `count`. Answers how many came.
int wattseal_modbus_read_holding(struct _modbus *context, int address, int count, uint16_t *words);

/// Reads 1 to 125 input registers (function 4); `words` has room for `count`. Answers how many came.
int wattseal_modbus_read_input(struct _modbus *context, int address, int count, uint16_t *words);

#endif
