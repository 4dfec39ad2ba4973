/// What plain C programs do where the benchmarks measure Swift: the same calls, and nothing else.
///
/// Every function answers 0 or a positive count, or a negative errno. Times are nanoseconds.
#ifndef WATTSEAL_BASELINES_H
#define WATTSEAL_BASELINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A loop with a fixed period, as the control thread has one: absolute sleeps, missed periods not made up. It notes of each
/// period how much later than planned it came to where a board would be sampled; `count` of them, on the thread that calls it.
int32_t baselines_loop(int64_t period, int64_t count, int64_t *late);

/// Binds the calling thread to one processor.
int32_t baselines_bind_thread(int32_t processor);

/// The processors that the calling thread may use, at most `most` of them; answers how many.
int32_t baselines_processors(int32_t *processors, int32_t most);

/// Binds all threads that this process has to these processors; threads that are started later inherit it.
int32_t baselines_bind_process(const int32_t *processors, int32_t count);

/// Writes `count` sectors of 512 bytes one after another, each durable before the next, with O_DSYNC and, where the file
/// system has it, O_DIRECT; before each it waits for `pause` microseconds. `times` gets what each write took.
int32_t baselines_direct_writes(
    const char *path, int64_t first, int64_t count, bool is_direct, uint32_t pause, int64_t *times);

/// Whether a file can be opened with O_DIRECT.
bool baselines_can_write_directly(const char *path);

/// A table of blobs in SQLite: WAL, synchronous=FULL.
struct baselines_database;

/// Makes one; NULL where SQLite refuses.
struct baselines_database *baselines_database_open(const char *path);

/// One row in a transaction of its own.
int32_t baselines_database_insert(struct baselines_database *database, const uint8_t *bytes, size_t count);

void baselines_database_close(struct baselines_database *database);

/// A read of registers.
struct baselines_read {
    int32_t function;
    int32_t address;
    int32_t count;
};

/// libmodbus on a serial device (9600 8N1) or, with `port` above 0, on TCP. NULL where it cannot be opened.
struct baselines_meter;

struct baselines_meter *baselines_meter_open(const char *target, int32_t port, int32_t unit);

/// These reads, one after another; `taken` gets the time from the first request to the last reply.
int32_t baselines_meter_poll(
    struct baselines_meter *meter, const struct baselines_read *reads, int32_t count, int64_t *taken);

void baselines_meter_close(struct baselines_meter *meter);

/// Sets a pseudo-terminal's settings: raw, no echo.
int32_t baselines_make_raw(int32_t descriptor);

/// The name of the other end of a pseudo-terminal; 0 or a negative errno.
int32_t baselines_other_end(int32_t descriptor, char *name, size_t size);

#endif
